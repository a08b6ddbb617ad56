// Opens a log, reads its first events, and says what that took. Ends without closing it, as if killed.
import { readFileSync } from 'node:fs'
import { Log } from '../../packages/flumen/src/storage/log.ts'
import { backlogOptions, type Opening } from './backlog.ts'

const before = readBytes()
const begin = performance.now()
const log = Log.open(backlogOptions(process.argv[2] ?? ''))
const first = log.read('channel', 0, 1 << 20)
const openMs = performance.now() - begin
const { segments } = log.recovery
const opening: Opening = {
  events: first.records.length === 0 ? 0 : segments.reduce((sum, { base, end }) => sum + end - base, 0),
  readBytes: readBytes() - before,
  openMs,
  residentBytes: process.memoryUsage.rss(),
}
console.log(JSON.stringify(opening))
process.exit(0)

function readBytes(): number {
  return Number(/rchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1])
}
