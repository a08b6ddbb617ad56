// Opens a log, reads its first events, and says what that took; then, where it is told `all`, counts what can be read. Ends
// without closing it, as if killed.
import { readFileSync } from 'node:fs'
import { Log } from '../../packages/flumen/src/storage/log.ts'
import type { ReadResult } from '../../packages/flumen/src/storage/log-reader.ts'
import { backlogOptions, type Opening } from './backlog.ts'

const [, , directory = '', how] = process.argv
const before = readBytes()
const begin = performance.now()
const log = Log.open(backlogOptions(directory))
const first = log.read('channel', 0, 1 << 20)
const openMs = performance.now() - begin
const { nextPosition } = log.state
const found = {
  waiting: first.records.length === 0 ? 0 : nextPosition - log.state.cursor('channel').total,
  readBytes: readBytes() - before,
  openMs,
  residentBytes: process.memoryUsage.rss(),
}
const opening: Opening = { ...found, events: how === 'all' ? countAll(first) : found.waiting }
console.log(JSON.stringify(opening))
process.exit(0)

function countAll(begin: ReadResult): number {
  let events = 0
  for (let { records, next } = begin; records.length > 0; { records, next } = log.read('channel', next, 4 << 20)) {
    for (const record of records) events += record.events
  }
  return events
}

function readBytes(): number {
  return Number(/rchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1])
}
