import { hash } from 'node:crypto'
import type { Event } from '../../packages/flumen/src/core/index.ts'

/** Every so many-th event has a body of 5 MB. */
const largeEvery = 20_000
const largeBytes = 5 * 1024 * 1024

/** The event of a number; `java/RpcClients.java` makes the same. Bodies of 0 B to 5 MB, headers of none to many. */
export function eventAt(index: number): Event {
  const size = index % largeEvery === largeEvery - 1 ? largeBytes : index % 97 === 0 ? 0 : (index * 37) % 300
  const body = Buffer.allocUnsafeSlow(size)
  for (let at = 0; at < size; at++) body[at] = (at * 31 + index) & 0xff
  const headers = new Map<string, string>()
  if (index % 7 !== 0) headers.set('number', String(index))
  if (index % 7 !== 0) headers.set('host', 'web-1')
  if (index % 50 === 3) headers.set('kéy 日本 😀', 'valué\n\t')
  if (index % 91 === 0) for (let count = 0; count < 40; count++) headers.set(`name ${count}`, '')
  return { headers, body }
}

export function* eventsBetween(from: number, to: number): Iterable<Event> {
  for (let index = from; index < to; index++) yield eventAt(index)
}

/** Of all events, in whatever order they and their headers come; each as often as it is there. */
export function digestOf(events: Iterable<Event>): string {
  return hash('sha256', digestsOf(events).sort().join())
}

/** Of all events in their order; their headers may come in any. */
export function digestInOrder(events: Iterable<Event>): string {
  return hash('sha256', digestsOf(events).join())
}

function digestsOf(events: Iterable<Event>): string[] {
  const digests: string[] = []
  for (const { headers, body } of events) {
    const pairs = [...headers].sort(([one], [other]) => (one < other ? -1 : 1))
    digests.push(hash('sha256', Buffer.concat([Buffer.from(`${JSON.stringify(pairs)}\n`), body]), 'base64'))
  }
  return digests
}

const known = new Map<number, string>()

/** What `digestOf` gives for the first so many events; made once. */
export function digestOfFirst(count: number): string {
  const digest = known.get(count) ?? digestOf(eventsBetween(0, count))
  known.set(count, digest)
  return digest
}
