import { EventBatch, type NamedColumn } from '../../../core/index.ts'
import type { MessageBatch } from '../../../protocols/syslog/message-batch.ts'

export interface Datagram {
  readonly bytes: Buffer
  /** Of its message. */
  readonly start: number
  readonly end: number
  readonly address: string
}

const lineFeed = 10

/** The message of a datagram: what stands before its first line feed, but for those at the beginning. Undefined: none. */
export function datagramOf(bytes: Buffer, address: string): Datagram | undefined {
  let start = 0
  while (bytes[start] === lineFeed) start++
  if (start >= bytes.length) return undefined
  const found = bytes.indexOf(lineFeed, start)
  return { bytes, start, end: found < 0 ? bytes.length : found, address }
}

/**
 * A batch of datagrams, copied into one slab: a part each would cost more than to copy a few bytes.
 * @param constantsOf headers that the sender's address makes; datagrams in a row with the same ones are a part
 */
export function batchOfDatagrams(
  datagrams: readonly Datagram[],
  messages: MessageBatch,
  arrivedAt: number,
  constantsOf: (address: string) => readonly NamedColumn[],
): EventBatch {
  const batches: EventBatch[] = []
  let from = 0
  while (from < datagrams.length) {
    const { address } = datagrams[from]!
    const constants = constantsOf(address)
    let to = from + 1
    while (to < datagrams.length && (constants.length === 0 || datagrams[to]!.address === address)) to++
    messages.begin(arrivedAt, constants)
    readAll(datagrams, from, to, messages)
    batches.push(messages.finish())
    from = to
  }
  return EventBatch.join(batches)
}

function readAll(datagrams: readonly Datagram[], from: number, to: number, messages: MessageBatch): void {
  let length = 0
  for (let index = from; index < to; index++) length += datagrams[index]!.end - datagrams[index]!.start
  const slab = Buffer.allocUnsafeSlow(length)
  const ends: number[] = []
  let at = 0
  for (let index = from; index < to; index++) {
    const { bytes, start, end } = datagrams[index]!
    at += bytes.copy(slab, at, start, end)
    ends.push(at)
  }
  let start = 0
  for (const end of ends) {
    messages.message(slab, start, end, false, false)
    start = end
  }
}
