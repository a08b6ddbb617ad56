import { mkdirSync } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { syslogHeadBytes } from '../data/lines.ts'
import { now } from '../measure/time.ts'
import { havePages, sizeOf } from './disk.ts'
import type { Flow, SentLoad } from './peer.ts'

const newline = 10
const deadlineMs = 120_000

/** Where a peer of W3 writes the texts of messages, a line each. */
export class TextFolder {
  readonly path: string
  readonly #scratch: string
  /** Of all that was sent. */
  #bytes = 0

  /** @param home a directory that is there */
  constructor(home: string) {
    this.#scratch = home
    this.path = join(home, 'out')
    mkdirSync(this.path)
  }

  /** As a peer's `expect`: the end is when its files have the texts of all messages. */
  expect({ lines }: Flow, times: number): (sent: SentLoad) => Promise<number> {
    havePages(this.#scratch, lines * 100)
    return ({ bytes }) => {
      this.#bytes += bytes - lines * times * syslogHeadBytes
      return this.#untilWritten()
    }
  }

  /** Lines in its files. */
  async lines(): Promise<number> {
    let lines = 0
    for (const name of await readdir(this.path)) lines += await linesOf(join(this.path, name))
    return lines
  }

  async #untilWritten(): Promise<number> {
    const deadline = now() + deadlineMs
    for (let written = sizeOf(this.path); written < this.#bytes; written = sizeOf(this.path)) {
      if (now() > deadline) throw new Error(`${written} bytes were written and not ${this.#bytes}`)
      await sleep(2)
    }
    return now()
  }
}

async function linesOf(path: string): Promise<number> {
  await using file = await open(path, 'r')
  const chunk = Buffer.alloc(1024 * 1024)
  let lines = 0
  for (;;) {
    const { bytesRead } = await file.read(chunk)
    if (bytesRead === 0) return lines
    const read = chunk.subarray(0, bytesRead)
    for (let at = read.indexOf(newline); at >= 0; at = read.indexOf(newline, at + 1)) lines++
  }
}
