import { readdirSync, readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { ProcessReading } from '../../core/index.ts'

/** How often the event loop's lateness is looked at, ms: a timer of Node.js without JavaScript in it. */
const resolutionMs = 100

/** Reads what the process uses. The lag of the event loop is that of the last full second. */
export class ProcessWatch {
  #delays: ReturnType<typeof monitorEventLoopDelay> | undefined
  #lag = { median: 0, max: 0 }
  #maxDescriptors: number | null | undefined

  start(): void {
    this.#delays = monitorEventLoopDelay({ resolution: resolutionMs })
    this.#delays.enable()
  }

  stop(): void {
    this.#delays?.disable()
    this.#delays = undefined
  }

  /** Called once a second. */
  tick(): void {
    const delays = this.#delays
    if (!delays) return
    this.#lag = { median: lateness(delays.percentile(50)), max: lateness(delays.max) }
    delays.reset()
  }

  /** Of the last full second, as far as there was one. */
  get lag(): ProcessReading['eventLoopLagSeconds'] {
    return this.#lag
  }

  /** Looks at the system: for who asks, not for each second. */
  get reading(): ProcessReading {
    if (this.#maxDescriptors === undefined) this.#maxDescriptors = maxDescriptors()
    const { user, system } = process.cpuUsage()
    const { rss, heapUsed, external } = process.memoryUsage()
    return {
      pid: process.pid,
      uptimeSeconds: process.uptime(),
      cpuSeconds: (user + system) / 1e6,
      residentBytes: rss,
      heapBytes: heapUsed,
      externalBytes: external,
      openDescriptors: openDescriptors(),
      maxDescriptors: this.#maxDescriptors,
      eventLoopLagSeconds: this.#lag,
    }
  }
}

function lateness(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - resolutionMs / 1000)
}

function openDescriptors(): number | null {
  try {
    // One of them reads the folder.
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return null
  }
}

function maxDescriptors(): number | null {
  try {
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))
    return limit ? Number(limit[1]) : null
  } catch {
    return null
  }
}
