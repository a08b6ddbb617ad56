import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEvent, type Event, type EventBatch } from '../../core/index.ts'
import { type AvroFrame, AvroFrameReader } from './frame-reader.ts'

const golden = join(import.meta.dirname, '../../../../../test/golden/rpc')

export function goldenBytes(name: string): Buffer {
  return readFileSync(join(golden, name))
}

/** The events of the captured conversations: three of one request each, and seven of a batch. */
export function goldenEvents(): readonly Event[] {
  const lines = readFileSync(join(golden, 'events.jsonl'), 'utf8').trim().split('\n')
  return lines.map((line) => {
    const row = JSON.parse(line) as { headers: Record<string, string>; body: string; body_b64?: string }
    return createEvent(row.body_b64 === undefined ? row.body : Buffer.from(row.body_b64, 'base64'), row.headers)
  })
}

/** Frames of bytes that come in pieces of a size; each frame's payload is copied. */
export function framesOf(bytes: Uint8Array, pieceBytes: number, mostBytes = 1 << 28): readonly AvroFrame[] {
  const reader = new AvroFrameReader(mostBytes)
  const frames: AvroFrame[] = []
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    reader.receive(Buffer.from(Uint8Array.from(bytes.subarray(at, at + pieceBytes)).buffer))
    for (let frame = reader.next(); frame; frame = reader.next()) {
      const payload = Buffer.from(Uint8Array.from(frame.bytes.subarray(frame.start, frame.end)).buffer)
      frames.push({ serial: frame.serial, bytes: payload, start: 0, end: payload.length })
    }
  }
  return frames
}

/** Headers sorted by name, and the body: Flume gives the headers in the order of a HashMap. */
export function plainEvents(events: Iterable<Event> | EventBatch): readonly unknown[] {
  return Array.from(events, ({ headers, body }) => [
    Object.fromEntries([...headers].sort(([one], [other]) => (one < other ? -1 : 1))),
    Buffer.from(body).toString('hex'),
  ])
}
