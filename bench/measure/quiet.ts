import { setTimeout as sleep } from 'node:timers/promises'
import { runTimeOf } from './process-cost.ts'
import { now } from './time.ts'

const sampleMs = 5
/** A process that has run less than this share of the time… */
const idleShare = 0.05
/** …for so long has nothing left to do. */
const quietMs = 150

/** Resolves when a process has come to rest, with the time at which its rest began. */
export async function untilQuiet(pid: number, deadlineMs = 120_000): Promise<number> {
  const deadline = now() + deadlineMs
  let [busyAt, ran, at] = [now(), runTimeOf(pid), now()]
  while (now() < deadline) {
    await sleep(sampleMs)
    const [newRan, newAt] = [runTimeOf(pid), now()]
    if (newRan - ran > (newAt - at) * 1e6 * idleShare) busyAt = newAt
    else if (newAt - busyAt > quietMs) return busyAt
    ran = newRan
    at = newAt
  }
  throw new Error(`process ${pid} does not come to rest`)
}
