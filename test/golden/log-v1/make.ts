// Writes the directories beside it, with the sources as they are: `node --conditions=flumen-source make.ts`. To be run
// when a version of the format begins, and never again: later versions must read what this one wrote.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEvent } from '../../../packages/flumen/src/core/index.ts'
import { LoadedKeys } from '../../../packages/flumen/src/storage/encryption/key-provider.ts'
import { SegmentCiphers } from '../../../packages/flumen/src/storage/encryption/segment-ciphers.ts'
import { Log, type LogOptions } from '../../../packages/flumen/src/storage/log.ts'
import { lz4Codec } from '../../../packages/flumen/src/storage/lz4-codec.ts'
import { SimulatedDisk } from '../../../packages/flumen/src/testing/disk/simulated-disk.ts'
import { groupOfBatches, logOptions } from '../../../packages/flumen/src/testing/log-bench.ts'
import { batchOfOnePart } from '../../../packages/flumen/src/testing/sample-batches.ts'

const key = Uint8Array.from({ length: 32 }, (_, index) => index)
const ciphers = new SegmentCiphers(new LoadedKeys('golden', new Map([['golden', key]])))
const variants: Readonly<Record<string, Partial<LogOptions>>> = {
  plain: {},
  zstd: { compression: 'zstd' },
  lz4: { compression: 'lz4', lz4: lz4Codec },
  enciphered: { ciphers, compression: 'zstd' },
}
const bodies = [
  Buffer.alloc(0),
  Buffer.from('plain text'),
  Buffer.from('naïve 日本語 😀'),
  Buffer.from([0xc3, 0x28, 0xff, 0x00, 0x41]),
  Buffer.from('a line, again and again\n'.repeat(30)),
]

for (const [name, change] of Object.entries(variants)) {
  const disk = new SimulatedDisk({ directories: ['/data', '/checkpoint'] })
  const log = Log.open(logOptions(disk, { ...change, now: () => 1_795_225_939_000 }))
  const stored = fill(log)
  // Not stopped: the last acknowledgement stands behind the last checkpoint.
  log.checkpoint()
  log.commit({ bytes: new Uint8Array(0), puts: [], acknowledgements: [{ cursor: 'channel', ranges: [[30, 33]] }] })
  log.tend()
  const left = stored.filter((_, position) => position >= 12 && position !== 14 && (position < 30 || position >= 33))
  const base = join(import.meta.dirname, name)
  rmSync(base, { recursive: true, force: true })
  for (const path of disk.files()) {
    mkdirSync(join(base, path, '..'), { recursive: true })
    writeFileSync(join(base, path), disk.read(path))
  }
  writeFileSync(join(base, 'left.jsonl'), left.map((event) => `${JSON.stringify(event)}\n`).join(''))
}

function fill(log: Log) {
  const stored: { position: number; headers: Record<string, string>; body_b64: string }[] = []
  for (let put = 0; put < 40; put++) {
    const events = bodies.slice(0, 1 + (put % 5)).map((body, row) =>
      createEvent(body, {
        host: 'web-1',
        ...(row % 2 === 0 && { row: String(row) }),
        ...(put === 7 && row === 1 && { 'état': 'ça' }),
        put: String(put),
      }),
    )
    const position = log.commit(
      groupOfBatches([batchOfOnePart(events)], [], put % 2 === 0 ? [{ producer: 'upstream', first: put * 10, last: put * 10 + events.length - 1 }] : []),
    )
    for (const [row, { headers, body }] of events.entries()) {
      stored.push({ position: position + row, headers: Object.fromEntries([...headers].sort()), body_b64: Buffer.from(body).toString('base64') })
    }
    if (put === 3) log.checkpoint()
    if (put === 12) log.commit({ bytes: new Uint8Array(0), puts: [], acknowledgements: [{ cursor: 'channel', ranges: [[0, 12], [14, 15]] }] })
  }
  return stored
}
