import { parentPort, workerData } from 'node:worker_threads'
import { groupOf } from '../testing/log-bench.ts'
import { openLog, textOf } from './channel-bench.ts'

/** How many of the newest events wait. */
const waiting = 40

// A thread that writes to the channel in a directory and delivers what it wrote, as fast as it can, until it is ended.
const log = openLog(workerData as string, { syncEachCommit: false })
for (let step = 0; ; step++) {
  log.commit(groupOf([[textOf(step), textOf(step), textOf(step)]]))
  const done = log.state.nextPosition - waiting
  if (step % 5 === 0 && done > 0) log.commit(groupOf([], [{ cursor: 'channel', ranges: [[0, done]] }]))
  if (step % 20 === 0) log.tend()
  if (step % 100 === 0) log.checkpoint()
  if (step === 100) parentPort?.postMessage('runs')
}
