import { closeSync, fdatasyncSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { bytes, latency } from '../top/human.ts'
import type { Check } from './check.ts'
import type { Device } from './file-system.ts'

/** Seconds of many syncs. */
export interface SyncTimes {
  readonly count: number
  readonly median: number
  readonly p99: number
  readonly longest: number
}

const blockBytes = 4096
const areaBytes = 4 << 20
const mostSamples = 2000
const measureMs = 700
/** Faster than this no device keeps anything for good; memory does. Seconds. */
const impossible = 0.000_008
/** A disk that turns takes a part of a turn, unless a cache with a battery answers for it. Seconds. */
const leastOfTurning = 0.001
/** So long a sync holds up every put. Seconds. */
const long = 0.5

/** Small writes, each synced: behind the end of a file, or in the place of what is there. */
export function measureSyncs(directory: string, kind: 'append' | 'overwrite'): SyncTimes {
  const descriptor = openSync(join(directory, `syncs-${kind}`), 'w', 0o600)
  try {
    if (kind === 'overwrite') {
      writeSync(descriptor, new Uint8Array(areaBytes).fill(1))
      fsyncSync(descriptor)
    }
    const block = new Uint8Array(blockBytes).fill(7)
    const times: number[] = []
    const end = performance.now() + measureMs
    while (times.length < mostSamples && performance.now() < end) {
      const at = times.length * blockBytes
      const begin = performance.now()
      writeSync(descriptor, block, 0, block.length, kind === 'append' ? at : at % areaBytes)
      fdatasyncSync(descriptor)
      times.push((performance.now() - begin) / 1000)
    }
    return summary(times)
  } finally {
    closeSync(descriptor)
  }
}

export function summary(times: readonly number[]): SyncTimes {
  const sorted = times.toSorted((one, other) => one - other)
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  return { count: times.length, median: at(0.5), p99: at(0.99), longest: at(1) }
}

/** What the times of syncs say of their truth. */
export function checkSyncs(append: SyncTimes, overwrite: SyncTimes, device: Device): Check {
  const fastest = Math.min(append.median, overwrite.median)
  const lines = [
    `write and sync 4 KiB: ${timesText(overwrite)} in place, ${timesText(append)} at the end of a file; ${Math.round(1 / overwrite.median)} in a row a second`,
  ]
  const doubt = doubtAbout(fastest, device)
  if (doubt !== undefined) lines.push(`SUSPICIOUSLY FAST: ${doubt}`)
  const slowest = Math.max(append.longest, overwrite.longest)
  if (slowest > long) lines.push(`one took ${latency(slowest)}: everybody who puts waits as long`)
  if (device.hasWriteCache)
    lines.push('the device keeps writes in a cache and says so: the kernel flushes it with each sync')
  if (device.isVirtual)
    lines.push('the disk is virtual: whether what it has synced survives is the decision of its host')
  lines.push('whether a sync is true cannot be proven without pulling the plug')
  const verdict = fastest < impossible ? 'unsafe' : doubt !== undefined || slowest > long ? 'warning' : 'ok'
  return { name: 'syncs', verdict, lines, facts: { append, overwrite, device, suspicious: doubt !== undefined } }
}

function doubtAbout(median: number, { isRotating }: Device): string | undefined {
  if (median < impossible) return `${fine(median)} is the speed of memory; nothing can be safe behind it`
  if (isRotating && median < leastOfTurning) {
    return 'a disk that turns takes some milliseconds; either a cache with a battery answers, or nobody syncs'
  }
  return undefined
}

function timesText({ median, p99, longest }: SyncTimes): string {
  return `${fine(median)} (99 of 100 within ${fine(p99)}, at most ${fine(longest)})`
}

function fine(seconds: number): string {
  return seconds < 0.001 ? `${Math.round(seconds * 1e6)} µs` : latency(seconds)
}

/** Large writes in a row with a sync now and then, bytes a second. */
export function measureSequential(directory: string): number {
  const chunk = new Uint8Array(1 << 20).map((_, index) => index * 131)
  const descriptor = openSync(join(directory, 'sequential'), 'w', 0o600)
  try {
    const begin = performance.now()
    let written = 0
    while (written < 128 << 20 && performance.now() - begin < 1500) {
      for (let chunks = 0; chunks < 8; chunks++) written += writeSync(descriptor, chunk)
      fdatasyncSync(descriptor)
    }
    return written / ((performance.now() - begin) / 1000)
  } finally {
    closeSync(descriptor)
  }
}

export function checkSequential(bytesPerSecond: number): Check {
  const lines = [`write in a row with a sync every 8 MiB: ${bytes(bytesPerSecond)}/s`]
  return { name: 'sequential', verdict: 'ok', lines, facts: { bytesPerSecond: Math.round(bytesPerSecond) } }
}
