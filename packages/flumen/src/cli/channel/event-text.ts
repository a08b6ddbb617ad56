import { isUtf8 } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import type { EventBatch } from '../../core/index.ts'
import { containerBlock, containerHeader, eventSchema, syncLength } from '../../protocols/avro-container.ts'
import { EventBlockEncoder } from '../../protocols/avro-container-events.ts'

export const formats = ['json', 'text', 'avro'] as const
export type EventFormat = (typeof formats)[number]

/** Writes events in one of the formats of `flumen channel export`. */
export interface EventWriter {
  begin(): Uint8Array | undefined
  /** @param position of the first row */
  write(batch: EventBatch, position: number): Uint8Array
}

export function eventWriter(format: EventFormat): EventWriter {
  if (format === 'avro') return new AvroWriter()
  return { begin: () => undefined, write: format === 'json' ? jsonLines : bodyLines }
}

function jsonLines(batch: EventBatch, position: number): Uint8Array {
  let text = ''
  for (let row = 0; row < batch.length; row++) {
    const body = batch.body(row)
    const shown = isUtf8(body) ? { body: batch.text(row) } : { body_b64: Buffer.from(body).toString('base64') }
    text += `${JSON.stringify({ position: position + row, headers: Object.fromEntries(batch.headers(row)), ...shown })}\n`
  }
  return Buffer.from(text)
}

const newline = Buffer.from('\n')

function bodyLines(batch: EventBatch): Uint8Array {
  const pieces: Uint8Array[] = []
  for (let row = 0; row < batch.length; row++) pieces.push(batch.body(row), newline)
  return Buffer.concat(pieces)
}

/** An uncompressed Avro container, as the serializer avro_event writes it. */
class AvroWriter implements EventWriter {
  readonly #sync = randomBytes(syncLength)
  readonly #encoder = new EventBlockEncoder(1 << 20)

  begin(): Uint8Array {
    return containerHeader(eventSchema, 'null', this.#sync)
  }

  write(batch: EventBatch): Uint8Array {
    const blocks: Uint8Array[] = []
    this.#encoder.append(batch, ({ count, data }) => blocks.push(containerBlock(count, data, this.#sync)))
    const last = this.#encoder.end()
    if (last) blocks.push(containerBlock(last.count, last.data, this.#sync))
    return Buffer.concat(blocks)
  }
}
