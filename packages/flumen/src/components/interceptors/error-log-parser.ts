import { type FoundFields, NotParsed } from './found-fields.ts'
import { NamedFields } from './named-fields.ts'
import type { RowParser } from './parsing-interceptor.ts'

export const errorLogFormats = ['auto', 'apache', 'nginx'] as const
export type ErrorLogFormat = (typeof errorLogFormats)[number]

export const errorLogFields = [
  'time',
  'level',
  'module',
  'pid',
  'tid',
  'connection',
  'client',
  'clientPort',
  'code',
  'message',
  'server',
  'request',
  'subrequest',
  'upstream',
  'requestHost',
  'login',
  'referer',
] as const
type ErrorLogField = (typeof errorLogFields)[number]

const place = Object.fromEntries(errorLogFields.map((name, index) => [name, index])) as Readonly<
  Record<ErrorLogField, number>
>

/** What nginx writes behind a message, `, key: value`, and our names. */
const nginxKeys: ReadonlyMap<string, ErrorLogField> = new Map([
  ['client', 'client'],
  ['server', 'server'],
  ['request', 'request'],
  ['subrequest', 'subrequest'],
  ['upstream', 'upstream'],
  ['host', 'requestHost'],
  ['login', 'login'],
  ['referrer', 'referer'],
])

const nginxHead = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[\w+\] \d+#\d+: (?:\*\d+ )?/
const nginxStart = /^\d{4}\/\d\d\/\d\d /
const apacheLevel = /^(?:trace[1-8]|debug|info|notice|warn|error|crit|alert|emerg)$/
const apacheCode = /^AH\d{5}(?=: )/

/** Reads a line of Apache's or nginx's error log in one pass. */
export class ErrorLogParser implements RowParser {
  readonly #format: ErrorLogFormat
  readonly #named = new NamedFields(errorLogFields)
  #found: FoundFields | undefined
  #text = ''
  #end = 0

  constructor(format: ErrorLogFormat) {
    this.#format = format
  }

  parse(text: string, _row: number, found: FoundFields): void {
    this.#found = found
    this.#text = text
    this.#end = text.length
    while (this.#end > 0 && /[\r\n]/.test(text[this.#end - 1]!)) this.#end--
    const isNginx = this.#format === 'nginx' || (this.#format === 'auto' && nginxStart.test(text))
    if (isNginx) this.#nginx()
    else this.#apache()
  }

  #nginx(): void {
    const text = this.#text
    const head = nginxHead.exec(text)?.[0]
    if (head === undefined) throw new NotParsed('it does not begin as a line of nginx')
    const level = text.indexOf('[')
    const closed = text.indexOf(']', level)
    const hash = text.indexOf('#', closed)
    const colon = text.indexOf(':', hash)
    this.#set(place.time, 0, level - 1)
    this.#set(place.level, level + 1, closed)
    this.#set(place.pid, closed + 2, hash)
    this.#set(place.tid, hash + 1, colon)
    if (text[colon + 2] === '*' && head.length > colon + 2) this.#set(place.connection, colon + 3, head.length - 1)
    const facts = this.#factsStart(head.length)
    this.#set(place.message, head.length, facts)
    this.#nginxFacts(facts)
  }

  /** Where `, client: ` stands outside of quotes, behind which nginx writes what the request was; else the end. */
  #factsStart(from: number): number {
    const text = this.#text
    let quotesUpTo = from
    let isOpen = false
    let at = text.indexOf(', client: ', from)
    const first = at
    while (at >= 0) {
      for (let quote = text.indexOf('"', quotesUpTo); quote >= 0 && quote < at; quote = text.indexOf('"', quote + 1)) {
        isOpen = !isOpen
      }
      if (!isOpen) return at
      quotesUpTo = at
      at = text.indexOf(', client: ', at + 1)
    }
    return first < 0 || first > this.#end ? this.#end : first
  }

  /** Pairs `, key: value`; a value in quotes may hold anything but a quote that the next pair stands behind. */
  #nginxFacts(start: number): void {
    const text = this.#text
    let at = start
    while (at < this.#end && text.startsWith(', ', at)) {
      const colon = text.indexOf(': ', at)
      const field = colon < 0 ? undefined : nginxKeys.get(text.slice(at + 2, Math.min(colon, at + 20)))
      if (!field) return
      const from = colon + 2
      const isQuoted = text[from] === '"'
      const to = isQuoted ? this.#quotedEnd(from + 1) : this.#nextPair(from)
      this.#set(place[field], isQuoted ? from + 1 : from, to)
      at = isQuoted ? to + 1 : to
    }
  }

  #quotedEnd(from: number): number {
    const text = this.#text
    for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
      if (at + 1 >= this.#end || this.#isPair(at + 1)) return at
    }
    return this.#end
  }

  #nextPair(from: number): number {
    const text = this.#text
    for (let at = text.indexOf(', ', from); at >= 0; at = text.indexOf(', ', at + 1)) if (this.#isPair(at)) return at
    return this.#end
  }

  #isPair(at: number): boolean {
    if (!this.#text.startsWith(', ', at)) return false
    const colon = this.#text.slice(at + 2, at + 14).indexOf(': ')
    return colon > 0 && nginxKeys.has(this.#text.slice(at + 2, at + 2 + colon))
  }

  #apache(): void {
    const text = this.#text
    let at = this.#bracketEnd(0, 'the time')
    this.#set(place.time, 1, at)
    const level = at + 2
    at = this.#bracketEnd(level, 'the level')
    const colon = text.indexOf(':', level)
    const hasModule = colon > 0 && colon < at
    if (!apacheLevel.test(text.slice(hasModule ? colon + 1 : level + 1, at))) throw new NotParsed('there is no level')
    if (hasModule) this.#set(place.module, level + 1, colon)
    this.#set(place.level, hasModule ? colon + 1 : level + 1, at)
    at += 2
    if (text.startsWith('[pid ', at)) at = this.#process(at)
    const isClient = text.startsWith('[client ', at) || text.startsWith('[remote ', at)
    if (isClient) at = this.#apacheClient(at, hasModule)
    this.#apacheMessage(Math.min(at, this.#end))
  }

  /** @returns where the bracket closes that opens at a position */
  #bracketEnd(at: number, what: string): number {
    const to = this.#text[at] === '[' ? this.#text.indexOf(']', at) : -1
    if (to < 0 || to >= this.#end) throw new NotParsed(`${what} in brackets is missing at ${at}`)
    return to
  }

  /** `[pid 35708:tid 4328636416] ` */
  #process(at: number): number {
    const to = this.#bracketEnd(at, 'the process')
    const thread = this.#text.indexOf(':tid ', at)
    const hasThread = thread > 0 && thread < to
    this.#set(place.pid, at + '[pid '.length, hasThread ? thread : to)
    if (hasThread) this.#set(place.tid, thread + ':tid '.length, to)
    return to + 2
  }

  /** `[client 203.0.113.7:55555] `; versions that do not write the module do not write the port either. */
  #apacheClient(at: number, hasPort: boolean): number {
    const to = this.#bracketEnd(at, 'the client')
    const from = at + '[client '.length
    const colon = hasPort ? this.#text.lastIndexOf(':', to) : -1
    const isPort = colon > from && /^\d{1,5}$/.test(this.#text.slice(colon + 1, to))
    this.#set(place.client, from, isPort ? colon : to)
    if (isPort) this.#set(place.clientPort, colon + 1, to)
    return to + 2
  }

  #apacheMessage(start: number): void {
    const text = this.#text
    const code = apacheCode.exec(text.slice(start, start + 10))?.[0]
    if (code !== undefined) this.#set(place.code, start, start + code.length)
    const from = code === undefined ? start : start + code.length + 2
    const referer = text.lastIndexOf(', referer: ')
    const hasReferer = referer >= from
    this.#set(place.message, from, hasReferer ? referer : this.#end)
    if (hasReferer) this.#set(place.referer, referer + ', referer: '.length, this.#end)
  }

  #set(index: number, from: number, to: number): void {
    const field = this.#named.in(this.#found!)[index]
    if (field && from < to) this.#found!.slice(field, from, to)
  }
}
