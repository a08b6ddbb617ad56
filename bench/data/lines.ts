import { Random } from './random.ts'

export interface DataOptions {
  /** About so many bytes; whole lines. */
  readonly bytes: number
  /** Bytes of each line without its newline; access-log lines of 150 to 220 bytes when absent. */
  readonly lineLength?: number | undefined
  /** Each line is a message of RFC 3164 of about 110 bytes; what comes before its text has `syslogHeadBytes`. */
  readonly isSyslog?: boolean
}

/** What a bench sends. */
export interface Data {
  readonly bytes: Buffer
  readonly lines: number
  /** Lines that W7 lets through, by the first digit of their HTTP status, '2' to '5'. */
  readonly routes: Readonly<Record<string, number>>
}

const newline = 10
const longest = 220
/** Of a message of syslog: its priority, time and host, each with what ends it. */
export const syslogHeadBytes = 40
const paths = ['/', '/index.html', '/api/v1/orders/', '/api/v1/customers/', '/static/app.js', '/images/logo.svg']
const statuses = [200, 200, 200, 200, 201, 204, 301, 304, 400, 401, 404, 404, 500, 502, 503]
const methods = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE']
const agents = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) AppleWebKit/605',
  'curl/8.9.1 (x86_64-pc-linux-gnu) libcurl/8.9.1 OpenSSL/3.3',
  'Googlebot/2.1 (+http://www.google.com/bot.html) compatible',
]

/** The same bytes for the same options, in every run. */
export function makeData({ bytes, lineLength, isSyslog = false }: DataOptions): Data {
  if (isSyslog) return syslog(bytes)
  return lineLength === undefined ? accessLog(bytes) : linesOfLength(bytes, lineLength)
}

/** Where the `of` shares of the data begin and end: whole lines, about the same size each. */
export function sharesOf(data: Buffer, of: number): readonly Buffer[] {
  const borders = [0]
  for (let share = 1; share < of; share++) {
    const at = Math.max(borders.at(-1)!, Math.floor((data.length / of) * share))
    const end = data.indexOf(newline, at)
    borders.push(end < 0 ? data.length : end + 1)
  }
  borders.push(data.length)
  return borders.slice(1).map((end, share) => data.subarray(borders[share], end))
}

/** The first lines of the data. */
export function firstLines(data: Buffer, lines: number): Buffer {
  let end = 0
  for (let line = 0; line < lines; line++) {
    const next = data.indexOf(newline, end)
    if (next < 0) return data
    end = next + 1
  }
  return data.subarray(0, end)
}

function accessLog(bytes: number): Data {
  const buffer = Buffer.allocUnsafeSlow(bytes)
  const random = new Random()
  const routes: Record<string, number> = { 2: 0, 3: 0, 4: 0, 5: 0 }
  let length = 0
  let lines = 0
  for (; length + longest < bytes; lines++) {
    const status = random.pick(statuses)
    const isHealthCheck = random.below(20) === 0
    length += buffer.write(accessLine(random, lines, status, isHealthCheck), length, 'latin1')
    buffer[length++] = newline
    if (!isHealthCheck) routes[Math.floor(status / 100)]!++
  }
  return { bytes: buffer.subarray(0, length), lines, routes }
}

function syslog(bytes: number): Data {
  const buffer = Buffer.allocUnsafeSlow(bytes)
  const random = new Random()
  let length = 0
  let lines = 0
  for (; length + longest < bytes; lines++) {
    length += buffer.write(syslogHead(random, lines), length, 'latin1')
    length += buffer.write(syslogText(random), length, 'latin1')
    buffer[length++] = newline
  }
  return { bytes: buffer.subarray(0, length), lines, routes: {} }
}

function accessLine(random: Random, line: number, status: number, isHealthCheck: boolean): string {
  const address = `${10 + random.below(200)}.${random.below(256)}.${random.below(256)}.${random.below(256)}`
  const time = timeOf(line)
  const request = isHealthCheck ? 'GET /health' : `${random.pick(methods)} ${random.pick(paths)}${random.below(1e6)}`
  const referrer = `https://shop.example.com/${random.below(1e9).toString(36)}`
  return (
    `${address} - user${random.below(1e5)} [21/Nov/2025:${time} +0000] "${request} HTTP/1.1" ` +
    `${status} ${100 + random.below(1e5)} "${referrer}" "${random.pick(agents)}"`
  )
}

function syslogHead(random: Random, line: number): string {
  const priority = 8 * (16 + random.below(8)) + random.pick([6, 6, 6, 6, 5, 4, 3])
  return `<${priority}>Nov 21 ${timeOf(line)} web-${10 + random.below(40)}.example.com `
}

/** The tag too: it is part of an event's body. */
function syslogText(random: Random): string {
  const request = `"${random.pick(methods)} ${random.pick(paths)}${random.below(1e6)} HTTP/1.1"`
  const answer = `${random.pick(statuses)} ${100 + random.below(1e5)}`
  return `nginx[${1000 + random.below(8)}]: ${request} ${answer} id=${random.below(1e9).toString(36)}`
}

/** A thousand lines a second. */
function timeOf(line: number): string {
  const second = Math.floor(line / 1000)
  return `${two(8 + (Math.floor(second / 3600) % 16))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`
}

function two(number: number): string {
  return number < 10 ? `0${number}` : String(number)
}

function linesOfLength(bytes: number, lineLength: number): Data {
  const text = accessLog(Math.max(1_000_000, lineLength * 2)).bytes
  for (let at = text.indexOf(newline); at >= 0; at = text.indexOf(newline, at)) text[at] = 32
  const lines = Math.max(1, Math.floor(bytes / (lineLength + 1)))
  const buffer = Buffer.allocUnsafeSlow(lines * (lineLength + 1))
  const lastStart = text.length - lineLength
  for (let line = 0, from = 0, to = 0; line < lines; line++, from = (from + lineLength + 7) % lastStart) {
    text.copy(buffer, to, from, from + lineLength)
    to += lineLength
    buffer[to++] = newline
  }
  return { bytes: buffer, lines, routes: {} }
}
