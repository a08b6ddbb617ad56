import { readdirSync, readFileSync } from 'node:fs'

/** What a process and all that it has started have used so far. */
export interface ProcessCost {
  /** User and system time, ms. */
  readonly cpu: number
  /** Bytes of resident memory now. */
  readonly resident: number
  /** The sum of the peaks of the processes, in bytes. */
  readonly peak: number
}

/** Clock ticks of /proc/PID/stat a second on Linux, whatever the kernel's own rate. */
const ticksPerSecond = 100

/** Linux only. */
export function costOf(pid: number): ProcessCost {
  const each = treeOf(pid).map((id) => ({ cpu: cpuOf(id), ...memoryOf(id) }))
  const sum = (key: keyof ProcessCost): number => each.reduce((total, cost) => total + cost[key], 0)
  return { cpu: sum('cpu'), resident: sum('resident'), peak: sum('peak') }
}

/** Nanoseconds that all threads of the tree have run: finer than ticks, but without threads that have ended. */
export function runTimeOf(pid: number): number {
  let total = 0
  for (const id of treeOf(pid)) {
    for (const thread of threadsOf(id))
      total += Number(readOrEmpty(`/proc/${id}/task/${thread}/schedstat`).split(' ')[0])
  }
  return total
}

function treeOf(pid: number): number[] {
  const children = threadsOf(pid).flatMap((thread) =>
    readOrEmpty(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  )
  return [pid, ...children.flatMap(treeOf)]
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    // It has just ended.
    return []
  }
}

/** Includes children that have ended and been waited for. */
function cpuOf(pid: number): number {
  const text = readOrEmpty(`/proc/${pid}/stat`)
  // The name of the command stands in brackets and may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return (ticks * 1000) / ticksPerSecond
}

function memoryOf(pid: number): { resident: number; peak: number } {
  const text = readOrEmpty(`/proc/${pid}/status`)
  const kilobytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)?.[1] ?? 0)
  return { resident: kilobytes('VmRSS') * 1024, peak: kilobytes('VmHWM') * 1024 }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
