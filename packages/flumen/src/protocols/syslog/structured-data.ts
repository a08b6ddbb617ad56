import { utf8Text } from './bytes.ts'
import type { SyslogFields } from './fields.ts'

const blank = 32
const quote = 34
const minus = 45
const equals = 61
const backslash = 92
const open = 91
const close = 93

/**
 * The fields of RFC 5424 behind the host, `APP-NAME PROCID MSGID STRUCTURED-DATA MSG`: names each parameter
 * `<SD-ID>.<PARAM-NAME>` and leaves MSG as the rest, without a byte order mark. Where they are not well-formed nothing
 * changes.
 * @param isTaken names of headers that a parameter must not have
 */
export function readStructuredData(
  slab: Buffer,
  end: number,
  fields: SyslogFields,
  isTaken: (name: string) => boolean,
): void {
  const app = fields.restStart
  const appEnd = wordEnd(slab, app, end)
  const processEnd = wordEnd(slab, appEnd + 1, end)
  const messageEnd = wordEnd(slab, processEnd + 1, end)
  const isWhole = appEnd > app && processEnd > appEnd + 1 && messageEnd > processEnd + 1 && messageEnd < end
  if (!isWhole) return
  const parameters = new Map<string, string>()
  const dataEnd = readElements(slab, messageEnd + 1, end, parameters)
  if (dataEnd < 0 || (dataEnd < end && slab[dataEnd] !== blank)) return
  fields.appName = fieldText(slab, app, appEnd)
  fields.processId = fieldText(slab, appEnd + 1, processEnd)
  fields.messageId = fieldText(slab, processEnd + 1, messageEnd)
  for (const name of parameters.keys()) if (isTaken(name)) parameters.delete(name)
  if (parameters.size > 0) fields.structured = parameters
  fields.restStart = Math.min(dataEnd + 1, end)
  if (slab[fields.restStart] === 0xef && slab[fields.restStart + 1] === 0xbb && slab[fields.restStart + 2] === 0xbf) {
    fields.restStart = Math.min(fields.restStart + 3, end)
  }
}

/** @returns where they end, or -1 */
function readElements(slab: Buffer, from: number, end: number, parameters: Map<string, string>): number {
  if (from >= end) return -1
  if (slab[from] === minus) return from + 1
  let at = from
  while (at < end && slab[at] === open) {
    const nameEnd = identifierEnd(slab, at + 1, end)
    if (nameEnd === at + 1) return -1
    const prefix = utf8Text(slab, at + 1, nameEnd)
    at = nameEnd
    while (at < end && slab[at] === blank) {
      at = readParameter(slab, at + 1, end, prefix, parameters)
      if (at < 0) return -1
    }
    if (at >= end || slab[at] !== close) return -1
    at++
  }
  return at === from ? -1 : at
}

/** `name="value"`; @returns where it ends, or -1 */
function readParameter(
  slab: Buffer,
  from: number,
  end: number,
  prefix: string,
  parameters: Map<string, string>,
): number {
  const nameEnd = identifierEnd(slab, from, end)
  if (nameEnd === from || slab[nameEnd] !== equals || slab[nameEnd + 1] !== quote) return -1
  const value = nameEnd + 2
  let isEscaped = false
  for (let at = value; at < end; at++) {
    const byte = slab[at]!
    if (byte === quote) {
      const text = utf8Text(slab, value, at)
      parameters.set(
        `${prefix}.${utf8Text(slab, from, nameEnd)}`,
        isEscaped ? text.replaceAll(/\\(["\\\]])/g, '$1') : text,
      )
      return at + 1
    }
    if (byte === close) return -1
    if (byte === backslash) {
      isEscaped = true
      at++
    }
  }
  return -1
}

/** Of an SD-NAME: printable bytes without `=`, `]` and `"`. */
function identifierEnd(slab: Buffer, from: number, end: number): number {
  let at = from
  while (at < end && isOfName(slab[at]!)) at++
  return at
}

function isOfName(byte: number): boolean {
  return byte > blank && byte < 127 && byte !== equals && byte !== close && byte !== quote
}

/** Where the next blank is; the end where there is none. */
function wordEnd(slab: Buffer, from: number, end: number): number {
  if (from >= end) return end
  const at = slab.indexOf(blank, from)
  return at < 0 || at > end ? end : at
}

function fieldText(slab: Buffer, start: number, end: number): string | undefined {
  return end - start === 1 && slab[start] === minus ? undefined : utf8Text(slab, start, end)
}
