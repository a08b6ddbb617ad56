// Drives a channel until so much is stored and delivered, or the time is over; says at the end how it went. It is run under
// strace, under limits, and killed; its ledgers are written with write(2) only, which no rule of strace here touches.
import { ChannelLoad, type LoadOptions } from './channel-load.ts'

export interface DriverOptions extends LoadOptions {
  /** Of each producer. */
  readonly batches: number
  readonly deadlineMs: number
  /** Ends when puts have been refused for so long without one that was stored, and the channel says so itself. */
  readonly patienceMs?: number
  /** Otherwise all stays in the channel. */
  readonly delivers?: boolean
  /** Kills itself when its work is done, instead of closing the channel. */
  readonly dies?: boolean
}

export interface DriverReport {
  readonly openedAt: number
  readonly endedAt: number
  readonly refused: number
  readonly firstRefusalAt?: number
  readonly firstRefusal?: string
  readonly lastStoredAt: number
  /** Since the epoch. */
  readonly healedAt?: number
  readonly problemAt?: number
  readonly problem?: string
  readonly buffered: number
}

async function main(options: DriverOptions): Promise<void> {
  const load = new ChannelLoad(options)
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), options.deadlineMs)
  const watch = setInterval(() => {
    if (isOutOfPatience(load, options)) deadline.abort()
  }, 20)
  await load.open()
  const openedAt = load.now
  console.log('open')
  await work(load, options, deadline.signal)
  if (options.dies) process.kill(process.pid, 'SIGKILL')
  clearInterval(watch)
  const { account, channel, healedAt, lastStoredAt, problemAt, refusals } = load
  const { problem } = channel
  await load.close().catch((error) => console.error(error))
  clearTimeout(timer)
  const first = refusals[0]
  const report: DriverReport = {
    openedAt,
    endedAt: load.now,
    refused: refusals.length,
    ...(first && { firstRefusalAt: first.at, firstRefusal: first.message }),
    lastStoredAt,
    ...(healedAt !== undefined && { healedAt: Date.now() - load.now + healedAt }),
    ...(problemAt !== undefined && { problemAt }),
    ...(problem !== undefined && { problem }),
    buffered: account.buffered,
  }
  console.log(JSON.stringify(report))
}

async function work(
  load: ChannelLoad,
  { batches, delivers = true }: DriverOptions,
  signal: AbortSignal,
): Promise<void> {
  let isPutting = true
  const putting = load.put(batches, signal).finally(() => {
    isPutting = false
  })
  const goesOn = (): boolean => !signal.aborted && (isPutting || load.account.buffered > 0)
  await Promise.all([putting, ...(delivers ? [load.drain(50, goesOn)] : [])])
}

function isOutOfPatience(load: ChannelLoad, { patienceMs }: DriverOptions): boolean {
  const [first] = load.refusals
  if (patienceMs === undefined || !first || load.lastStoredAt > first.at) return false
  return load.now - first.at > (load.problemAt === undefined ? 6000 : patienceMs)
}

await main(JSON.parse(process.argv[2] ?? '{}') as DriverOptions)
