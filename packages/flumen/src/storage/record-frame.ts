import { recordHeaderBytes, writeRecordHeader } from './format/record.ts'

type HeaderShape = Parameters<typeof writeRecordHeader>[2]

/** Head, payload and padding of a record. */
export function framed(header: HeaderShape, payload: Uint8Array, salt: number, offset: number): Uint8Array[] {
  const head = Buffer.alloc(recordHeaderBytes)
  writeRecordHeader(head, 0, header, payload, salt, offset)
  const padding = -payload.length & 7
  return padding === 0 ? [head, payload] : [head, payload, new Uint8Array(padding)]
}
