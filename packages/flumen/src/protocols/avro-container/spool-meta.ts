import { randomBytes } from 'node:crypto'
import type { Bytes } from '../../core/index.ts'
import { containerBlock, syncLength } from '../avro-container.ts'
import { AvroEncoder, longLength, putLong } from '../avro-container-encoder.ts'
import { AvroDataError, AvroInput } from './avro-data.ts'
import { readContainerBlock, readContainerHeader } from './container-reader.ts'

/** What Flume's `.flumespool-main.meta` says: how far one file is stored. */
export interface SpoolMeta {
  /** Path as Flume had it. */
  readonly file: string
  /** Offset of the first byte that is not stored. */
  readonly offset: number
}

const schema =
  '{"type":"record","name":"TransferStateFileMeta","namespace":"org.apache.flume.serialization",' +
  '"fields":[{"name":"offset","type":"long"}]}'
const mostBlockBytes = 2 ** 20

/**
 * The last record counts; a torn one at the end does not. @returns undefined where nothing was stored of the file
 * @throws AvroDataError where it is no such file
 */
export function parseSpoolMeta(bytes: Bytes): SpoolMeta | undefined {
  const header = readContainerHeader(bytes)
  const file = header.metadata.get('file')
  if (!file) throw new AvroDataError('the header names no file')
  let offset = 0
  for (let at = header.length; at < bytes.length; ) {
    const block = readContainerBlock(bytes, at, header.sync, mostBlockBytes)
    if (!block) break
    const input = new AvroInput(bytes, block.start, block.end)
    for (let record = 0; record < block.count && input.at < block.end; record++) offset = input.long()
    at = block.next
  }
  return offset > 0 ? { file: String(Buffer.from(file)), offset } : undefined
}

/** A file as Flume writes it, with one record. */
export function formatSpoolMeta({ file, offset }: SpoolMeta): Bytes {
  const sync = randomBytes(syncLength)
  const header = new AvroEncoder(512)
  header.raw(Buffer.from('Obj\u0001', 'latin1'))
  header.long(2)
  for (const text of ['avro.schema', schema, 'file', file]) header.string(text)
  header.long(0)
  header.raw(sync)
  const record = new Uint8Array(longLength(offset))
  putLong(record, 0, offset)
  return Buffer.concat([header.encoded, containerBlock(1, record, sync)])
}
