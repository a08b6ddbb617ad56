import { spawn } from 'node:child_process'
import { writeSync } from 'node:fs'
import { batchOf, createEvent, messageOf } from '../../core/index.ts'
import { type Range, RangeSet } from '../../core/ranges.ts'
import { readBatch, writeBatch } from '../../storage/format/batch.ts'
import { ByteWriter } from '../../storage/format/byte-writer.ts'
import { recordHeaderBytes } from '../../storage/format/record.ts'
import { Log, type PutRecord, type WriteGroup } from '../../storage/log.ts'
import { onlyCursor } from '../../storage/log-state.ts'
import { lz4Codec } from '../../storage/lz4-codec.ts'
import { systemFiles } from '../../storage/system-files.ts'
import { latency } from '../top/human.ts'
import type { Check } from './check.ts'

/** Set for the process that writes and is killed; names the directory. */
export const writerVariable = 'FLUMEN_DOCTOR_WRITER'

const kills = 2
/** Writing before each kill, from the first commit on, ms. */
const writeMs = 700
/** A process that does not begin within this time has failed, ms. */
const startMs = 8000
const putsOfGroup = 16
const eventsOfPut = 10
const padding = '.'.repeat(90)

/** What a process acknowledged before it was killed. */
interface Ledger {
  /** Positions. */
  readonly acknowledged: readonly Range[]
  readonly commitsPerSecond: number
}

/** Kills a process in the middle of writing to a log, several times, and looks for everything that it acknowledged. */
export async function tryKills(directory: string, program: readonly string[]): Promise<Check> {
  const acknowledged = new RangeSet()
  let commitsPerSecond = 0
  let opening = 0
  try {
    for (let kill = 0; kill < kills; kill++) {
      const ledger = await writeAndKill(directory, program)
      acknowledged.addAll(ledger.acknowledged)
      commitsPerSecond = Math.max(commitsPerSecond, ledger.commitsPerSecond)
      const begin = performance.now()
      const missing = missingFrom(directory, acknowledged)
      opening = Math.max(opening, missing.openedAt - begin)
      if (missing.count > 0) {
        const lines = [
          `${missing.count} of ${acknowledged.total} events were gone after kill -9, although they had been acknowledged`,
        ]
        return {
          name: 'kill',
          verdict: 'unsafe',
          lines,
          facts: { kills: kill + 1, acknowledged: acknowledged.total, missing: missing.count },
        }
      }
    }
  } catch (error) {
    return {
      name: 'kill',
      verdict: 'unsafe',
      lines: [`the trial failed: ${messageOf(error)}`],
      facts: { error: messageOf(error) },
    }
  }
  const lines = [
    `${kills} times kill -9 in the middle of writing: all of ${acknowledged.total} acknowledged events were there`,
    `puts of ${eventsOfPut} events, ${putsOfGroup} at a time: ${Math.round(commitsPerSecond)} a second are durable; a start after a kill took ${latency(opening / 1000)}`,
  ]
  const facts = {
    kills,
    acknowledged: acknowledged.total,
    missing: 0,
    commitsPerSecond: Math.round(commitsPerSecond),
    startMs: Math.round(opening),
  }
  return { name: 'kill', verdict: 'ok', lines, facts }
}

/** The process that is killed: writes for ever and says on standard output which positions are stored. */
export function writeUntilKilled(directory: string): never {
  const log = openLog(directory)
  for (;;) {
    const first = log.commit(groupFrom(log.state.nextPosition))
    // Throws as soon as nobody reads.
    writeSync(1, `${first} ${log.state.nextPosition}\n`)
  }
}

function writeAndKill(directory: string, program: readonly string[]): Promise<Ledger> {
  const [file = '', ...words] = program
  return new Promise((resolve, reject) => {
    const env = { ...process.env, [writerVariable]: directory }
    const child = spawn(file, [...words, 'doctor'], { stdio: ['ignore', 'pipe', 'pipe'], env })
    let text = ''
    let errors = ''
    let firstAt = 0
    let lastAt = 0
    const limit = setTimeout(() => child.kill('SIGKILL'), startMs)
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      lastAt = performance.now()
      if (firstAt === 0) {
        firstAt = lastAt
        setTimeout(() => child.kill('SIGKILL'), writeMs)
      }
      text += chunk
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      if (errors.length < 2000) errors += chunk
    })
    child.once('error', reject)
    child.once('close', () => {
      clearTimeout(limit)
      // The last line may be cut.
      const lines = text.split('\n').slice(0, -1)
      const acknowledged = lines.map((line) => line.split(' ').map(Number) as [number, number])
      if (acknowledged.length === 0) {
        reject(new Error(`the process that writes did not begin: ${errors.trim()}`))
        return
      }
      const commits = lines.length * putsOfGroup
      resolve({ acknowledged, commitsPerSecond: commits / Math.max(0.001, (lastAt - firstAt) / 1000) })
    })
  })
}

/** Opens what was left and reads it as a sink would; the log is left as it is for the next process. */
function missingFrom(directory: string, acknowledged: RangeSet): { readonly count: number; readonly openedAt: number } {
  const log = openLog(directory)
  const openedAt = performance.now()
  try {
    const found = new RangeSet()
    for (let from = 0; from < log.state.nextPosition; ) {
      const { records, next } = log.read(onlyCursor, from, 1 << 20)
      for (const { position, payload } of records) {
        const { batch } = readBatch(payload)
        for (let row = 0; row < batch.length; row++) {
          const at = position + row
          if (batch.text(row) === bodyOf(at)) found.add(at, at + 1)
        }
      }
      if (next <= from) break
      from = next
    }
    const gaps = acknowledged.ranges.flatMap(([from, to]) => found.missing(from, to))
    return { count: gaps.reduce((sum, [from, to]) => sum + to - from, 0), openedAt }
  } finally {
    log.close()
  }
}

function openLog(directory: string): Log {
  return Log.open({
    files: systemFiles,
    dataDirectories: [`${directory}/data`],
    checkpointDirectories: [`${directory}/checkpoint`],
    segmentBytes: 16 << 20,
    minimumFreeBytes: 0,
    cursors: [onlyCursor],
    compression: 'none',
    syncEachCommit: true,
    lz4: lz4Codec,
    now: Date.now,
  })
}

/** Every body says its position. */
function bodyOf(position: number): string {
  return `event ${position} ${padding}`
}

function groupFrom(position: number): WriteGroup {
  const writer = new ByteWriter()
  const puts: PutRecord[] = []
  for (let put = 0; put < putsOfGroup; put++) {
    const offset = writer.length
    const first = position + put * eventsOfPut
    writer.skip(recordHeaderBytes)
    writeBatch(writer, batchOf(Array.from({ length: eventsOfPut }, (_, row) => createEvent(bodyOf(first + row)))))
    puts.push({ offset, payloadBytes: writer.length - offset - recordHeaderBytes, events: eventsOfPut })
    writer.alignTo8()
  }
  return { bytes: writer.written, puts, acknowledgements: [] }
}
