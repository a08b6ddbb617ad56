import { BatchBuilder, type Bytes, type Event, EventBatch, type Headers } from '../core/index.ts'

/** Bodies that a component of any kind must bear: empty, text, line ends, what is not UTF-8, large. */
export const sampleBodies: readonly Bytes[] = [
  Buffer.from(''),
  Buffer.from('plain text'),
  Buffer.from('2026-11-21 04:12:57,614 ERROR [main] org.example.Job: took 42 ms'),
  Buffer.from('a line\r\nand another\n'),
  Buffer.from('naïve 日本語 😀'),
  Buffer.from([0xc3, 0x28, 0xff, 0x00, 0x41]),
  Buffer.from('x'.repeat(64 * 1024)),
]

/** The header by which tests know a row of a sample again: its number in its batch. */
export const sampleNumber = 'sample.number'

/**
 * Batches of the shapes that occur: none, one and many rows, several parts, columns that are constant, full or have
 * holes, headers that few rows have.
 */
export function sampleBatches(): readonly EventBatch[] {
  const mixed = numbered(sampleBodies.map((_, row) => (row % 3 === 0 ? sampleHeaders : undefined)))
  const rare = numbered(sampleBodies.map((_, row) => (row === 4 ? sampleHeaders : undefined)))
  return [
    EventBatch.empty,
    numbered([undefined]),
    numbered([sampleHeaders]),
    mixed,
    rare,
    renumbered(
      EventBatch.join([mixed, numbered([sampleHeaders, sampleHeaders, sampleHeaders]), rare, numbered([undefined])]),
    ),
    renumbered(mixed.select(Uint32Array.from([1, 2, 5]))),
  ]
}

/** A batch of one part: its headers are columns with holes and rare ones, where `batchOf` makes a part of each event. */
export function batchOfOnePart(events: readonly Event[]): EventBatch {
  const builder = new BatchBuilder()
  const slab = new Uint8Array(Buffer.concat(events.map(({ body }) => body)))
  let at = 0
  for (const { headers, body } of events) {
    builder.row(slab, at, at + body.length, headers)
    at += body.length
  }
  return builder.build()
}

/** The names are those that the built-in components set by default. */
const sampleHeaders: Headers = new Map([
  ['host', 'web-1'],
  ['timestamp', '1795225939280'],
  ['key', ''],
  ['id', 'of its own'],
  ['état', 'ça'],
])

function numbered(headers: readonly (Headers | undefined)[]): EventBatch {
  const builder = new BatchBuilder(1_795_225_939_000)
  const slab = Buffer.concat(sampleBodies)
  let at = 0
  for (const [row, own] of headers.entries()) {
    const end = at + sampleBodies[row % sampleBodies.length]!.length
    builder.row(slab, at, end, own)
    at = end === slab.length ? 0 : end
  }
  return renumbered(builder.build())
}

function renumbered(batch: EventBatch): EventBatch {
  return batch.withHeader(sampleNumber, {
    kind: 'list',
    values: Array.from({ length: batch.length }, (_, row) => String(row)),
  })
}
