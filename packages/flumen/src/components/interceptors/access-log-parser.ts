import { type FoundFields, NotParsed } from './found-fields.ts'
import { NamedFields } from './named-fields.ts'
import type { RowParser } from './parsing-interceptor.ts'
import { closingQuote, unescapedLogText } from './quoted-log-text.ts'

export const accessLogFormats = ['auto', 'common', 'combined', 'vhost_common', 'vhost_combined'] as const
export type AccessLogFormat = (typeof accessLogFormats)[number]

/** In the order of the lines; `request` is one that is not of the form "method target protocol". */
export const accessLogFields = [
  'vhost',
  'client',
  'ident',
  'user',
  'time',
  'method',
  'target',
  'protocol',
  'request',
  'status',
  'bytes',
  'referer',
  'userAgent',
] as const

const place = Object.fromEntries(accessLogFields.map((name, index) => [name, index])) as Readonly<
  Record<(typeof accessLogFields)[number], number>
>

/** Reads a line of Apache's or nginx's access log in one pass. */
export class AccessLogParser implements RowParser {
  readonly #format: AccessLogFormat
  readonly #named: NamedFields
  readonly #more: number
  #found: FoundFields | undefined
  #text = ''
  #at = 0
  #end = 0
  #hasEscapes = false

  /** @param moreFields names of what stands behind the fields of the format */
  constructor(format: AccessLogFormat, moreFields: readonly string[]) {
    this.#format = format
    this.#named = new NamedFields([...accessLogFields, ...moreFields])
    this.#more = moreFields.length
  }

  parse(text: string, _row: number, found: FoundFields): void {
    this.#found = found
    this.#text = text
    this.#end = text.length
    this.#hasEscapes = text.includes('\\')
    while (this.#end > 0 && isLineEnd(text.charCodeAt(this.#end - 1))) this.#end--
    this.#at = 0
    this.#head()
    this.#time()
    this.#request()
    this.#number(place.status, 'a status', /^\d{3}$/)
    this.#number(place.bytes, 'a number of bytes', /^\d+$/)
    const isCombined = this.#format.endsWith('combined')
    if (isCombined || (this.#format === 'auto' && this.#text.charCodeAt(this.#at + 1) === quote)) {
      this.#quoted(place.referer, 'a referer')
      this.#quoted(place.userAgent, 'a user agent')
    }
    for (let index = 0; index < this.#more && this.#at < this.#end; index++) {
      this.#rest(accessLogFields.length + index)
    }
  }

  /** What stands before the time: [vhost] client ident user; a user may hold spaces. */
  #head(): void {
    const text = this.#text
    const bracket = text.indexOf(' [')
    if (bracket < 0 || bracket >= this.#end) throw new NotParsed('there is no time in brackets')
    let from = 0
    const word = (): number => {
      const to = text.indexOf(' ', from)
      if (to < 0 || to >= bracket) throw new NotParsed('there are too few fields before the time')
      return to
    }
    if (this.#startsWithHost(bracket)) {
      const to = word()
      this.#set(place.vhost, from, to)
      from = to + 1
    }
    for (const field of [place.client, place.ident]) {
      const to = word()
      if (to === from) throw new NotParsed('there are two spaces before the time')
      this.#set(field, from, to)
      from = to + 1
    }
    if (from === bracket) throw new NotParsed('there are too few fields before the time')
    this.#set(place.user, from, bracket)
    this.#at = bracket
  }

  /** In `auto` a line begins with the host if its second field is not the ident, which hardly anybody has: `-`. */
  #startsWithHost(bracket: number): boolean {
    if (this.#format !== 'auto') return this.#format.startsWith('vhost')
    const second = this.#text.indexOf(' ') + 1
    if (this.#text.startsWith('- ', second)) return false
    let words = 1
    for (let at = second; at > 0 && at <= bracket; at = this.#text.indexOf(' ', at) + 1) words++
    return words >= 4
  }

  #time(): void {
    const from = this.#at + 2
    const to = this.#text.indexOf(']', from)
    if (to < 0 || to >= this.#end) throw new NotParsed('the bracket of the time is not closed')
    this.#set(place.time, from, to)
    this.#at = to + 1
  }

  #request(): void {
    const from = this.#at + 2
    const to = this.#quoteEnd('a request')
    const text = this.#text
    const first = text.indexOf(' ', from)
    const last = text.lastIndexOf(' ', to - 1)
    this.#at = to + 1
    if (first <= from || first >= to || !isMethod(text, from, first)) {
      this.#set(place.request, from, to)
      return
    }
    const hasProtocol = last > first && text.startsWith('HTTP/', last + 1)
    this.#set(place.method, from, first)
    this.#set(place.target, first + 1, hasProtocol ? last : to)
    if (hasProtocol) this.#set(place.protocol, last + 1, to)
  }

  #number(field: number, what: string, form: RegExp): void {
    const from = this.#at + 1
    const space = this.#text.indexOf(' ', from)
    const to = space < 0 || space > this.#end ? this.#end : space
    const value = this.#text.slice(from, to)
    if (this.#text.charCodeAt(from - 1) !== blank || (value !== '-' && !form.test(value))) {
      throw new NotParsed(`${what} is missing at ${this.#at}`)
    }
    this.#set(field, from, to)
    this.#at = to
  }

  #quoted(field: number, what: string): void {
    const from = this.#at + 2
    const to = this.#quoteEnd(what)
    this.#set(field, from, to)
    this.#at = to + 1
  }

  /** The end of a text in quotes, which a space stands before. */
  #quoteEnd(what: string): number {
    if (!this.#text.startsWith(' "', this.#at)) throw new NotParsed(`${what} in quotes is missing at ${this.#at}`)
    const to = closingQuote(this.#text, this.#at + 2)
    if (to < 0) throw new NotParsed(`the quote of ${what} is not closed`)
    return to
  }

  /** A further field, in quotes or not. */
  #rest(field: number): void {
    if (this.#text.charCodeAt(this.#at + 1) === quote) {
      this.#quoted(field, 'a further field')
      return
    }
    const from = this.#at + 1
    const space = this.#text.indexOf(' ', from)
    this.#at = space < 0 || space > this.#end ? this.#end : space
    this.#set(field, from, this.#at)
  }

  /** `-` and nothing set nothing. */
  #set(index: number, from: number, to: number): void {
    const found = this.#found!
    const field = this.#named.in(found)[index]
    if (!field || from >= to || (to === from + 1 && this.#text.charCodeAt(from) === hyphen)) return
    if (!this.#hasEscapes) found.slice(field, from, to)
    else found.set(field, unescapedLogText(this.#text.slice(from, to)))
  }
}

const quote = 0x22
const hyphen = 0x2d
const blank = 0x20

function isLineEnd(code: number): boolean {
  return code === 0x0a || code === 0x0d
}

/** Whether these are capital letters (and what a few methods have besides). */
function isMethod(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)
    if (!isLetter && code !== hyphen && code !== 0x5f) return false
  }
  return true
}
