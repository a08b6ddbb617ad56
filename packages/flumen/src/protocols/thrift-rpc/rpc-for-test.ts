import { batchOf, type Event, type EventBatch } from '../../core/index.ts'
import { decodeCall, type ThriftCall } from './call.ts'
import { type CallOptions, encodeCall } from './call-encoder.ts'
import { FrameSplitter, flumeFrameBytes } from './frame-splitter.ts'
import type { ThriftProtocol } from './thrift-types.ts'

export const protocols: readonly ThriftProtocol[] = ['compact', 'binary']

/** Frames without their lengths; the bytes come in chunks of some size. */
export function framesOf(bytes: Uint8Array, chunkBytes = bytes.length): readonly Buffer[] {
  const splitter = new FrameSplitter(flumeFrameBytes)
  const frames: Buffer[] = []
  for (let from = 0; from < bytes.length; from += chunkBytes) {
    splitter.receive(Buffer.from(bytes.subarray(from, from + chunkBytes)))
    for (let frame = splitter.next(); frame; frame = splitter.next()) frames.push(frame)
  }
  return frames
}

/** Encodes and decodes. */
export function throughWire(batch: EventBatch, options: CallOptions, chunkBytes?: number): ThriftCall {
  const [frame] = framesOf(Buffer.concat(encodeCall(batch, options)), chunkBytes)
  if (frame === undefined) throw new Error('there is no frame')
  return decodeCall(frame, options.protocol, 1)
}

/** What a test compares. */
export function rowsOf(batch: EventBatch): readonly (readonly [headers: object, body: string])[] {
  return Array.from({ length: batch.length }, (_, row) => [
    Object.fromEntries([...batch.headers(row)].sort(([one], [other]) => (one < other ? -1 : 1))),
    Buffer.from(batch.body(row)).toString('latin1'),
  ])
}

export function batchOfText(
  ...events: readonly (readonly [body: string, headers?: Record<string, string>])[]
): EventBatch {
  return batchOf(
    events.map(
      ([body, headers = {}]): Event => ({ body: Buffer.from(body), headers: new Map(Object.entries(headers)) }),
    ),
    1,
  )
}

/** A frame's content from pieces of hexadecimal text. */
export function hex(...pieces: readonly string[]): Buffer {
  return Buffer.from(pieces.join('').replaceAll(/\s/g, ''), 'hex')
}

export function hexOf(text: string): string {
  return Buffer.from(text).toString('hex')
}
