import { closeSync, constants, copyFileSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Event } from '../../core/index.ts'
import {
  checkFlumeLog,
  type FlumeLogFile,
  fileIDOf,
  type IntegrityCounts,
  type IntegrityFinding,
  type IntegrityRepair,
} from '../../protocols/flume-log/index.ts'
import { FlumeFiles, type FlumeFolder, requireStopped } from '../channel/flume-directories.ts'
import type { CommandIo } from '../io.ts'

/** Counts of all logs together, and how many logs there are. */
interface Totals extends IntegrityCounts {
  files: number
}

/**
 * Walks the logs of Flume's data directories and takes out what Flume should not give out; before the first change of a
 * log it is copied to `.bak` beside it.
 * @throws UsageError where Flume runs on them, FlumeLogError where a log cannot be read rightly
 */
export function checkDirectories(
  directories: readonly string[],
  isValid: ((event: Event) => boolean) | undefined,
  io: CommandIo,
): Totals {
  const totals: Totals = { files: 0, records: 0, puts: 0, valid: 0, invalid: 0, failed: 0, corrupt: 0, neutralised: 0 }
  const folders = directories.map((path): FlumeFolder => ({ role: 'data', path }))
  requireStopped(folders)
  const files = new FlumeFiles(folders)
  try {
    for (const file of files.files.filter(({ name }) => fileIDOf(name) !== undefined)) {
      checkLog(files, file, isValid, io, totals)
    }
  } finally {
    files.close()
  }
  return totals
}

function checkLog(
  files: FlumeFiles,
  file: FlumeLogFile,
  isValid: ((event: Event) => boolean) | undefined,
  io: CommandIo,
  totals: Totals,
): void {
  const path = join(file.directory, file.name)
  io.stderr.write(`Checking for corruption in ${path}\n`)
  const repairs: IntegrityRepair[] = []
  const walk = checkFlumeLog(files, file, isValid ? { isValid } : {})
  for (;;) {
    const { done, value } = walk.next()
    if (done) {
      totals.files++
      for (const key of Object.keys(value) as (keyof IntegrityCounts)[]) totals[key] += value[key]
      break
    }
    io.stderr.write(lineOf(path, value))
    if (value.repair) repairs.push(value.repair)
  }
  if (repairs.length > 0) takeOut(path, repairs)
}

function lineOf(path: string, { kind, start, message }: IntegrityFinding): string {
  if (kind === 'corrupt') return `Corruption found in ${path} at ${start}\n`
  if (kind === 'failed')
    return `Encountered Exception while validating event, marking as invalid (${path} at ${start}: ${message})\n`
  return `Invalid event in ${path} at ${start}\n`
}

function takeOut(path: string, repairs: readonly IntegrityRepair[]): void {
  backUp(path)
  const descriptor = openSync(path, 'r+')
  try {
    for (const { offset, bytes } of repairs) writeSync(descriptor, bytes, 0, bytes.length, offset)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** A copy of an earlier run stays. */
function backUp(path: string): void {
  for (let number = 1; ; number++) {
    const copy = number === 1 ? `${path}.bak` : `${path}.bak.${number}`
    try {
      copyFileSync(path, copy, constants.COPYFILE_EXCL)
      const descriptor = openSync(copy, 'r')
      fsyncSync(descriptor)
      closeSync(descriptor)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/** As Flume's tool prints it: the end of each log counts as one event of the channel. */
export function summaryOf({ files, records, puts, valid, invalid, failed, corrupt }: Totals): string {
  return [
    '---------- Summary --------------------',
    `Number of Events in the Channel = ${records + files}`,
    `Number of Put Events Processed = ${puts}`,
    `Number of Valid Put Events = ${valid}`,
    `Number of Invalid Put Events = ${invalid}`,
    `Number of Put Events that threw Exception during validation = ${failed}`,
    `Number of Corrupt Events = ${corrupt}`,
    '---------------------------------------',
    '',
  ].join('\n')
}
