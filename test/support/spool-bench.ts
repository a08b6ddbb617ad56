import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import avro from '../../packages/flumen/src/components/deserializers/avro.ts'
import blob from '../../packages/flumen/src/components/deserializers/blob.ts'
import csv from '../../packages/flumen/src/components/deserializers/csv.ts'
import jsonLines from '../../packages/flumen/src/components/deserializers/json-lines.ts'
import line from '../../packages/flumen/src/components/deserializers/line.ts'
import spooldir from '../../packages/flumen/src/components/sources/spooldir/spooldir.ts'
import { catalogueOf } from '../../packages/flumen/src/testing/catalogue-of.ts'
import { createForTest, type Harness, type HarnessOptions } from '../../packages/flumen/src/testing/harness.ts'
import { startPolling, until } from './followed-folder.ts'

export const catalogue = catalogueOf(line, avro, blob, csv, jsonLines)

/** A spool folder, and sources that read it one after the other. */
export class SpoolBench {
  readonly folder = fs.mkdtempSync(join(tmpdir(), 'flumen-spooldir-'))
  #stop: (() => Promise<void>) | undefined

  constructor(context: TestContext) {
    context.after(async () => {
      await this.stop()
      fs.rmSync(this.folder, { recursive: true, force: true })
    })
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names)
  }

  /** @param age of its last change, seconds */
  put(name: string, content: string | Uint8Array, age = 0): void {
    fs.writeFileSync(this.path(name), content)
    const time = Math.floor(Date.now() / 1000) - age
    fs.utimesSync(this.path(name), time, time)
  }

  names(folder = ''): string[] {
    return fs
      .readdirSync(this.path(folder))
      .filter((name) => !name.startsWith('.'))
      .sort()
  }

  async start(values: Readonly<Record<string, string>> = {}, options: HarnessOptions = {}): Promise<Harness<'source'>> {
    const source = await createForTest(
      spooldir,
      { spoolDir: this.folder, pollDelay: '5', ...values },
      { catalogue, ...options },
    )
    this.#stop = await startPolling(source)
    return source
  }

  /** Why a file was put aside. */
  reasonOf(name: string): string {
    const note = fs.readFileSync(this.path('.flumespool', `${name}.QUARANTINED`), 'utf8')
    return (JSON.parse(note) as { readonly reason: string }).reason
  }

  async stop(): Promise<void> {
    await this.#stop?.()
    this.#stop = undefined
  }

  /** Starts, waits until so many files are done or put aside, stops. */
  async run(
    files: number,
    values: Readonly<Record<string, string>> = {},
    options: HarnessOptions = {},
  ): Promise<Harness<'source'>> {
    const source = await this.start(values, options)
    const count = (name: string): number => source.observed.counts.get(name) ?? 0
    await until(() => count('filesDone') + count('filesQuarantined') >= files)
    await this.stop()
    return source
  }
}
