import { isUtf8 } from 'node:buffer'
import { BadRequestError, type Bytes, EventBatch, Part } from '../../core/index.ts'
import { HeaderColumns } from './header-columns.ts'
import { LenientJson, openBrace, openBracket } from './lenient-json.ts'

/**
 * Reads events in the form of Flume's JSONHandler, `{"headers": {name: text}, "body": text}`, straight from the bytes of
 * a request into a batch over them. What Gson takes is taken and what it refuses is refused; a header that is null is
 * no header.
 */
export class EventReader {
  readonly #json: LenientJson
  readonly #headers: HeaderColumns
  readonly #arrivedAt: number
  readonly #start: number[] = []
  readonly #end: number[] = []
  #hasNull = false

  /** @param bytes written while they are read; they belong to the batch then */
  constructor(bytes: Bytes, arrivedAt: number) {
    const text = utf8Of(bytes)
    this.#json = new LenientJson(text)
    this.#headers = new HeaderColumns(text)
    this.#arrivedAt = arrivedAt
  }

  /** An array of events. @throws BadRequestError; another error for nothing at all, null and elements that are null */
  readArray(): EventBatch {
    const json = this.#json
    this.#skipPrefix()
    if (json.next() < 0) throw new Error('the request has no body')
    if (json.takeNull()) throw new Error('the body is null and no array of events')
    if (json.next() !== openBracket) throw new BadRequestError('the body is no array of events')
    json.at++
    for (let isFirst = true; json.hasElement(isFirst); isFirst = false) {
      if (json.isElementMissing() || json.takeNull()) this.#hasNull = true
      else this.#event()
    }
    if (json.next() >= 0) throw new BadRequestError(`the JSON goes on after its end at byte ${json.at}`)
    if (this.#hasNull) throw new Error('an element of the array is null and no event')
    return this.finish()
  }

  /** An event that stands between two places, or nothing but blanks. */
  readOne(from: number, to: number): void {
    const json = this.#json
    json.at = Math.max(from, json.at)
    json.end = to
    if (json.next() < 0) return
    this.#event()
    if (json.next() >= 0) throw new BadRequestError(`the JSON goes on after its end at byte ${json.at}`)
  }

  get bytes(): Buffer {
    return this.#json.bytes
  }

  finish(): EventBatch {
    const length = this.#start.length
    if (length === 0) return EventBatch.empty
    const isOne = length === 1
    return new EventBatch([
      new Part({
        arrivedAt: this.#arrivedAt,
        slab: this.#json.bytes,
        start: isOne ? this.#start : new Uint32Array(this.#start),
        end: isOne ? this.#end : new Uint32Array(this.#end),
        unread: this.#headers.finish(length),
      }),
    ])
  }

  #event(): void {
    const json = this.#json
    if (json.next() !== openBrace) throw json.unexpected('an object, which an event is,')
    json.at++
    let start = 0
    let end = 0
    this.#headers.beginRow()
    let hasHeaders = false
    for (let isFirst = true; json.hasMember(isFirst); isFirst = false) {
      const isBody = json.takeName(bodyName)
      const isKnown = isBody || json.takeName(headersName)
      if (!isKnown) json.name()
      if (isBody || json.is(bodyName)) {
        const isNull = json.scalar()
        start = isNull ? 0 : json.from
        end = isNull ? 0 : json.to
      } else if (json.is(headersName)) {
        if (hasHeaders) this.#headers.forget()
        hasHeaders = true
        this.#readHeaders()
      } else json.skip()
    }
    this.#start.push(start)
    this.#end.push(end)
  }

  #readHeaders(): void {
    const json = this.#json
    const headers = this.#headers
    const row = this.#start.length
    if (json.takeNull()) return
    if (json.next() !== openBrace) throw json.unexpected('an object, which headers are,')
    json.at++
    for (let isFirst = true; json.hasMember(isFirst); isFirst = false) {
      const { guess } = headers
      if (!guess || !json.takeName(guess.nameBytes)) json.name()
      const column = headers.find(json.from, json.to)
      const isNull = json.scalar()
      if (headers.has(column, row)) throw new BadRequestError(`the header ${column.name.slice(0, 80)} is there twice`)
      if (!isNull) headers.set(column, row, json.from, json.to)
    }
  }

  /** Gson's guard against scripts, `)]}'` and a newline. */
  #skipPrefix(): void {
    const json = this.#json
    if (json.next() >= 0 && json.bytes.subarray(json.at, json.at + guard.length).equals(guard)) json.at += guard.length
  }
}

const bodyName = Buffer.from('body')
const headersName = Buffer.from('headers')
const guard = Buffer.from(")]}'\n")

/** The bytes themselves, or where they are no UTF-8 others with U+FFFD for what is wrong. */
function utf8Of(bytes: Bytes): Buffer {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (isUtf8(all)) return all
  const text = all.toString()
  const mended = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  mended.write(text)
  return mended
}
