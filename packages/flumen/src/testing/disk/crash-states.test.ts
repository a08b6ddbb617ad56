import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import type { Files, OpenFile } from '../../storage/files.ts'
import { type CrashState, SimulatedDisk } from './simulated-disk.ts'

/** Syncs that a log with a planted fault leaves out. */
interface Faulty {
  readonly noSync?: boolean
  readonly noDirectorySync?: boolean
  readonly noParentSync?: boolean
  readonly acknowledgesFirst?: boolean
  readonly noChecksum?: boolean
  readonly retriesSync?: boolean
  readonly trustsPageCache?: boolean
}

const directory = '/data/log'
const recordsInSegment = 3

/**
 * A log just large enough to be right: records of length, checksum and text in segments that are named by number. It
 * opens by reading all segments up to the first record that is not whole, and goes on in a new segment.
 */
class ToyLog {
  readonly records: string[]
  readonly #files: Files
  readonly #faulty: Faulty
  #segment: OpenFile | undefined
  #number: number
  #end = 0
  #inSegment = 0

  constructor(files: Files, faulty: Faulty = {}) {
    this.#files = files
    this.#faulty = faulty
    files.makeDirectory(directory)
    if (!faulty.noParentSync) for (const parent of ['/data', '/']) files.syncDirectory(parent)
    const numbers = files.list(directory).map(Number)
    numbers.sort((a, b) => a - b)
    this.records = numbers.flatMap((number) => this.#recover(`${directory}/${number}`))
    this.#number = (numbers.at(-1) ?? 0) + 1
    if (!faulty.noDirectorySync) files.syncDirectory(directory)
  }

  /** Durable when it returns. */
  append(text: string): void {
    if (!this.#segment || this.#inSegment === recordsInSegment) this.#roll()
    const segment = this.#segment
    assert.ok(segment)
    const record = encoded(text)
    segment.write([record.subarray(0, 8), record.subarray(8)], this.#end)
    this.#end += record.length
    this.#inSegment++
    if (!this.#faulty.noSync) this.#sync(segment)
  }

  close(): void {
    this.#segment?.close()
    this.#segment = undefined
  }

  #roll(): void {
    this.#segment?.close()
    this.#segment = this.#files.open(`${directory}/${this.#number++}`, 'create')
    if (!this.#faulty.noDirectorySync) this.#files.syncDirectory(directory)
    this.#end = 0
    this.#inSegment = 0
  }

  #sync(segment: OpenFile): void {
    try {
      segment.sync()
    } catch (error) {
      if (!this.#faulty.retriesSync) {
        // What is in this segment may be read and yet be lost: nothing is added to it.
        this.close()
        throw error
      }
      segment.sync()
    }
  }

  #recover(path: string): string[] {
    const file = this.#files.open(path, 'write')
    const bytes = new Uint8Array(file.size())
    file.read(bytes, 0)
    const { records, end } = decoded(bytes, this.#faulty.noChecksum !== true)
    if (end < bytes.length) file.truncate(end)
    // After a kill -9 the records are in the page cache, and perhaps nowhere else.
    if (!this.#faulty.trustsPageCache) file.sync()
    file.close()
    return records
  }
}

function encoded(text: string): Uint8Array {
  const body = new TextEncoder().encode(text)
  const record = new Uint8Array(8 + body.length)
  const view = new DataView(record.buffer)
  view.setUint32(0, body.length)
  view.setUint32(4, crc32(body) ^ 0x5eed)
  record.set(body, 8)
  return record
}

function decoded(bytes: Uint8Array, checks: boolean): { records: string[]; end: number } {
  const view = new DataView(bytes.buffer)
  const records: string[] = []
  let end = 0
  while (end + 8 <= bytes.length) {
    const length = view.getUint32(end)
    const body = bytes.subarray(end + 8, end + 8 + length)
    if (length === 0 || body.length < length) break
    if (checks && (crc32(body) ^ 0x5eed) >>> 0 !== view.getUint32(end + 4)) break
    records.push(new TextDecoder().decode(body))
    end += 8 + length
  }
  return { records, end }
}

const textOf = (number: number): string => `record ${number} ${'x'.repeat((number * 197) % 900)}`

/** Appends so many records and notes what was sent and what was acknowledged. */
function appendAll(disk: SimulatedDisk, log: ToyLog, count: number, faulty: Faulty = {}, first = 0): void {
  for (let number = first; number < first + count; number++) {
    disk.mark(`sent ${number}`)
    if (faulty.acknowledgesFirst) disk.mark(`stored ${number}`)
    try {
      log.append(textOf(number))
      if (!faulty.acknowledgesFirst) disk.mark(`stored ${number}`)
    } catch {}
  }
  log.close()
}

function numbered(marks: readonly string[], kind: string): number[] {
  return marks.filter((mark) => mark.startsWith(`${kind} `)).map((mark) => Number(mark.slice(kind.length)))
}

/** What is wrong with a state: an acknowledged record that is gone, or one that nobody sent. */
function violation({ disk, marks }: CrashState, faulty: Faulty): string | undefined {
  const log = new ToyLog(disk, faulty)
  const found = new Set(log.records)
  const lost = numbered(marks, 'stored').filter((number) => !found.has(textOf(number)))
  if (lost.length > 0) return `lost ${lost}`
  const sent = new Set(numbered(marks, 'sent').map(textOf))
  const invented = log.records.filter((text) => !sent.has(text))
  return invented.length > 0 ? `invented ${invented.length}` : undefined
}

interface Count {
  states: number
  readonly bad: string[]
}

function explore(states: Iterable<CrashState>, faulty: Faulty = {}): Count {
  const count: Count = { states: 0, bad: [] }
  for (const state of states) {
    count.states++
    const wrong = violation(state, faulty)
    if (wrong !== undefined) count.bad.push(`${state.id}: ${wrong}`)
  }
  return count
}

function explored(faulty: Faulty, prepare: (disk: SimulatedDisk) => void = () => undefined): Count {
  const disk = new SimulatedDisk()
  const log = new ToyLog(disk, faulty)
  prepare(disk)
  appendAll(disk, log, 10, faulty)
  return explore(disk.crashStates(), faulty)
}

test('a log that syncs files and directories before it acknowledges loses nothing in any state', () => {
  const { states, bad } = explored({})
  assert.deepEqual(bad, [])
  assert.ok(states > 100, `${states} states`)
})

for (const [title, faulty] of [
  ['does not sync its file', { noSync: true }],
  ['does not sync its directory', { noDirectorySync: true }],
  ['does not sync the parents of its directory', { noParentSync: true }],
  ['acknowledges before it syncs', { acknowledgesFirst: true }],
  ['does not look at its checksums', { noChecksum: true }],
] as const) {
  test(`a log that ${title} is found out`, () => {
    const { states, bad } = explored(faulty)
    assert.ok(bad.length > 0, `${states} states and none is bad`)
    assert.ok(bad.length < states)
  })
}

test('a log that starts a new segment after a failed sync loses nothing, one that syncs again does', () => {
  const failing = (disk: SimulatedDisk): unknown => disk.failNext('sync', 'EIO', { after: 4 })
  assert.deepEqual(explored({}, failing).bad, [])
  assert.notDeepEqual(explored({ retriesSync: true }, failing).bad, [])
})

test('a log that loses nothing to kill -9 may lose what it found in the page cache to the power cut after', () => {
  for (const [faulty, isGood] of [
    [{}, true],
    [{ trustsPageCache: true }, false],
  ] as const) {
    const disk = new SimulatedDisk()
    appendAll(disk, new ToyLog(disk, faulty), 4, faulty)
    assert.deepEqual(explore(disk.killStates(), faulty).bad, [])
    const bad: string[] = []
    for (const { disk: killed } of disk.killStates()) {
      const log = new ToyLog(killed, faulty)
      for (const text of log.records) killed.mark(`stored ${/^record (\d+)/.exec(text)?.[1]}`)
      bad.push(...explore(killed.crashStates({ from: killed.journal.length }), faulty).bad)
    }
    assert.equal(bad.length === 0, isGood, bad[0] ?? 'nothing is lost')
  }
})

test('a crash during the recovery from a crash loses nothing', () => {
  const disk = new SimulatedDisk()
  appendAll(disk, new ToyLog(disk), 4)
  let states = 0
  for (const crashed of disk.crashStates()) {
    const log = new ToyLog(crashed.disk)
    appendAll(crashed.disk, log, 1, {}, 100)
    const count = explore(crashed.disk.crashStates())
    assert.deepEqual(count.bad, [], crashed.id)
    states += count.states
  }
  assert.ok(states > 600, `${states} states`)
})
