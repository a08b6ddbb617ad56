import { isUtf8 } from 'node:buffer'
import type { Bytes, Part } from '../../core/index.ts'
import { type HeaderPair, javaMapText, javaOrderedHeaders } from '../../text/java-header-order.ts'

/** How an event is shown to people. */
export type EventFormat = 'flume' | 'json' | 'text'

const bytesPerLine = 16
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

/** One line (several for a hex dump of more than 16 bytes) for a row of the part; of a body only its first bytes count. */
export function eventLines(part: Part, format: EventFormat, mostBytes: number): (row: number) => string {
  const headersOf = javaOrderedHeaders(part)
  const write = { flume: flumeLine, json: jsonLine, text: textLine }[format]
  return (row) => {
    const start = part.start[row]!
    const length = part.end[row]! - start
    return write(headersOf(row), part.slab.subarray(start, start + Math.min(length, mostBytes)), length)
  }
}

type WriteLine = (headers: readonly HeaderPair[], body: Bytes, length: number) => string

/** As org.apache.flume.event.EventHelper writes it. */
const flumeLine: WriteLine = (headers, body) => `Event: { headers:${javaMapText(headers)} body:${hexDump(body)} }`

const jsonLine: WriteLine = (headers, body, length) => {
  const text = wholeText(body, length)
  const cut = (text === undefined ? body.length : Buffer.byteLength(text)) < length
  return JSON.stringify({
    headers: Object.fromEntries(headers),
    ...(text === undefined ? { bodyBase64: Buffer.from(body).toString('base64') } : { body: text }),
    ...(cut && { bodyBytes: length }),
  })
}

const textLine: WriteLine = (headers, body, length) => {
  const text = wholeText(body, length) ?? Buffer.from(body).toString('latin1')
  const head = headers.length === 0 ? '' : `${javaMapText(headers)} `
  return `${(head + text).replaceAll(controls, escaped)}${body.length < length ? '…' : ''}`
}

/** 16 bytes a line: an offset (not in the first line, as in Flume), two digits a byte, and what is printable of them. */
function hexDump(body: Bytes): string {
  const lines: string[] = []
  for (let from = 0; from < body.length; from += bytesPerLine) {
    const line = body.subarray(from, from + bytesPerLine)
    const offset = from === 0 ? '' : from.toString(16).toUpperCase().padStart(8, '0')
    lines.push(`${offset} ${digits(line).padEnd(bytesPerLine * 3)}${printable(line)}`)
  }
  return lines.join('\n')
}

function digits(bytes: Bytes): string {
  let text = ''
  for (const byte of bytes) text += `${byte.toString(16).toUpperCase().padStart(2, '0')} `
  return text
}

function printable(bytes: Bytes): string {
  let text = ''
  for (const byte of bytes) text += byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.'
  return text
}

/** The body as text, without the half of a character that a cut leaves; undefined: it is not UTF-8. */
function wholeText(body: Bytes, length: number): string | undefined {
  const most = body.length < length ? 3 : 0
  for (let cut = 0; cut <= most && cut <= body.length; cut++) {
    const whole = body.subarray(0, body.length - cut)
    if (isUtf8(whole)) return Buffer.from(whole.buffer, whole.byteOffset, whole.length).toString()
  }
  return undefined
}

function escaped(character: string): string {
  if (character === '\n') return '\\n'
  if (character === '\r') return '\\r'
  if (character === '\t') return '\\t'
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
