import type { Bytes } from '../../core/index.ts'
import { syncLength } from '../avro-container.ts'
import { AvroDataError, AvroInput } from './avro-data.ts'

/** What stands first in a container. */
export interface ContainerHeader {
  readonly metadata: ReadonlyMap<string, Bytes>
  /** Text of the schema, as it stands there. */
  readonly schema: string
  readonly codec: string
  readonly sync: Bytes
  /** Of the header, bytes. */
  readonly length: number
}

/** Where a block lies in the bytes it was found in. */
export interface ContainerBlock {
  readonly count: number
  /** The records as the codec leaves them. */
  readonly start: number
  readonly end: number
  /** After the block and its marker. */
  readonly next: number
}

const magic = Buffer.from('Obj\u0001', 'latin1')
const mostMetadata = 10_000

export function isContainer(bytes: Bytes): boolean {
  return magic.equals(bytes.subarray(0, magic.length))
}

/** @throws AvroDataError where the bytes are no container, `isCut` where they may be the beginning of one */
export function readContainerHeader(bytes: Bytes): ContainerHeader {
  const begin = bytes.subarray(0, magic.length)
  if (!magic.subarray(0, begin.length).equals(begin)) throw new AvroDataError('this is no Avro container file')
  const input = new AvroInput(bytes)
  input.skip(magic.length)
  const metadata = new Map<string, Bytes>()
  for (let count = input.long(); count !== 0; count = input.long()) {
    if (count < 0) input.length()
    if (Math.abs(count) + metadata.size > mostMetadata) throw new AvroDataError('the header has too many members')
    for (let left = Math.abs(count); left > 0; left--) metadata.set(input.string(), input.take(input.length()))
  }
  const sync = Uint8Array.from(input.take(syncLength))
  const schema = metadata.get('avro.schema')
  if (!schema) throw new AvroDataError('the header has no schema')
  const codec = String(Buffer.from(metadata.get('avro.codec') ?? 'null'))
  return { metadata, schema: String(Buffer.from(schema)), codec, sync, length: input.at }
}

/**
 * @param mostBytes that a block may have
 * @returns undefined where the bytes end before the block does
 * @throws AvroDataError where there is none
 */
export function readContainerBlock(
  bytes: Bytes,
  at: number,
  sync: Bytes,
  mostBytes: number,
): ContainerBlock | undefined {
  const input = new AvroInput(bytes, at)
  try {
    const count = input.long()
    const length = input.long()
    if (count < 0) throw new AvroDataError(`a block of ${count} records`)
    if (length < 0 || length > mostBytes)
      throw new AvroDataError(`a block of ${length} bytes; ${mostBytes} are the most`)
    const start = input.at
    input.skip(length)
    if (!Buffer.from(sync).equals(input.take(syncLength))) {
      throw new AvroDataError('a block does not end with the marker of the file')
    }
    return { count, start, end: start + length, next: input.at }
  } catch (error) {
    if (error instanceof AvroDataError && error.isCut) return undefined
    throw error
  }
}
