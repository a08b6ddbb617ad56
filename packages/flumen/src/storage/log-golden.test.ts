import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { putFiles, takeFiles } from '../testing/disk/file-set.ts'
import { SimulatedDisk } from '../testing/disk/simulated-disk.ts'
import { logOptions } from '../testing/log-bench.ts'
import { LoadedKeys } from './encryption/key-provider.ts'
import { SegmentCiphers } from './encryption/segment-ciphers.ts'
import { readBatch } from './format/batch.ts'
import { Log, type LogOptions } from './log.ts'
import { lz4Codec } from './lz4-codec.ts'
import { systemFiles } from './system-files.ts'

const golden = fileURLToPath(new URL('../../../../test/golden/log-v1', import.meta.url))
const key = Uint8Array.from({ length: 32 }, (_, index) => index)
const options: Partial<LogOptions> = {
  ciphers: new SegmentCiphers(new LoadedKeys('golden', new Map([['golden', key]]))),
  lz4: lz4Codec,
}

for (const variant of ['plain', 'zstd', 'lz4', 'enciphered']) {
  for (const withCheckpoint of [true, false]) {
    test(`R3: a directory of version 1 is read exactly: ${variant}, ${withCheckpoint ? 'with' : 'without'} checkpoints`, () => {
      const disk = new SimulatedDisk()
      for (const folder of withCheckpoint ? ['data', 'checkpoint'] : ['data']) {
        putFiles(disk, `/${folder}`, takeFiles(systemFiles, `${golden}/${variant}/${folder}`))
      }
      const log = Log.open(logOptions(disk, options))
      const lines = readFileSync(`${golden}/${variant}/left.jsonl`, 'utf8').trimEnd().split('\n')
      assert.deepEqual(
        eventsOf(log),
        lines.map((line): unknown => JSON.parse(line)),
      )
      assert.deepEqual([...log.recovery.damages, ...log.takeDamages()], [])
      assert.deepEqual(log.state.producer('upstream').ranges.slice(0, 3), [
        [0, 1],
        [20, 23],
        [40, 45],
      ])
    })
  }
}

function eventsOf(log: Log): unknown[] {
  const events: unknown[] = []
  for (let from = 0; from < log.state.nextPosition; ) {
    const { records, next } = log.read('channel', from, 1)
    for (const { position, events: count, payload, wanted = [[position, position + count]] } of records) {
      const { batch } = readBatch(payload)
      const rows = [...batch]
      for (const [first, end] of wanted) {
        for (let at = first; at < end; at++) {
          const { headers, body } = rows[at - position]!
          const sorted = Object.fromEntries([...headers].sort())
          events.push({ position: at, headers: sorted, body_b64: Buffer.from(body).toString('base64') })
        }
      }
    }
    from = next
  }
  return events
}
