import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { segmentName } from '../storage/format/segment-header.ts'
import { Log, type LogOptions } from '../storage/log.ts'
import { systemFiles } from '../storage/system-files.ts'
import { groupOf, logOptions } from '../testing/log-bench.ts'
import type { CommandBench, Running } from './command-bench.ts'

/** A log of ours in `DIR/data` and `DIR/checkpoint`, with small segments. */
export function openLog(directory: string, change: Partial<LogOptions> = {}): Log {
  return Log.open(
    logOptions(systemFiles, {
      dataDirectories: [join(directory, 'data')],
      checkpointDirectories: [join(directory, 'checkpoint')],
      segmentBytes: 8192,
      ...change,
    }),
  )
}

/** Puts `events` texts `event-0`, ... of some length, in puts of `perPut`, and stops. */
export function makeChannel(directory: string, events: number, perPut = 5, change: Partial<LogOptions> = {}): void {
  const log = openLog(directory, change)
  for (let first = 0; first < events; first += perPut) {
    const texts = Array.from({ length: Math.min(perPut, events - first) }, (_, row) => textOf(first + row))
    log.commit(groupOf([texts]))
  }
  log.close()
}

export function textOf(number: number): string {
  return `event-${number} `.padEnd(120, '.')
}

export function acknowledge(directory: string, from: number, to: number): void {
  const log = openLog(directory)
  log.commit(groupOf([], [{ cursor: 'channel', ranges: [[from, to]] }]))
  log.close()
}

/** Path of a segment in the only data directory. */
export function segment(directory: string, id: number): string {
  return join(directory, 'data', segmentName(id))
}

/** Turns the bits of one byte. */
export function flip(path: string, offset: number): void {
  const bytes = readFileSync(path)
  bytes[offset] = bytes[offset]! ^ 0xff
  writeFileSync(path, bytes)
}

/** Every file below a directory with its content, to see that nothing is changed. */
export function contentsOf(directory: string): Readonly<Record<string, string>> {
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'flumen.lock')
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  return Object.fromEntries(paths.map((path) => [path, readFileSync(path).toString('latin1')]))
}

export interface Ended {
  readonly status: number
  readonly out: string
  readonly error: string
}

export async function endOf({ io, status }: Running): Promise<Ended> {
  return { status: await status, out: io.stdout.text, error: io.stderr.text }
}

export function channel(bench: CommandBench, ...line: string[]): Promise<Ended> {
  return endOf(bench.flumen(['channel', ...line]))
}
