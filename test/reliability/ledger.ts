import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs'

/** A file of lines, each durable when `append` returns. What a crash tore off at its end is cut when it is opened. */
export class Ledger {
  readonly #descriptor: number

  constructor(path: string) {
    if (existsSync(path)) cutTornLine(path)
    // Synced by the flag: a rule of strace for fdatasync or fsync leaves it alone.
    this.#descriptor = openSync(path, 'as')
  }

  append(lines: readonly string[]): void {
    if (lines.length === 0) return
    let rest = Buffer.from(`${lines.join('\n')}\n`)
    while (rest.length > 0) rest = rest.subarray(writeSync(this.#descriptor, rest))
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}

/** Whole lines only; none where there is no such file. */
export function* linesOf(path: string): Generator<string> {
  if (!existsSync(path)) return
  const descriptor = openSync(path, 'r')
  try {
    const chunk = Buffer.alloc(4 << 20)
    let rest = ''
    for (let count = readSync(descriptor, chunk); count > 0; count = readSync(descriptor, chunk)) {
      const lines = (rest + chunk.toString('latin1', 0, count)).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } finally {
    closeSync(descriptor)
  }
}

function cutTornLine(path: string): void {
  const { size } = statSync(path)
  if (size === 0) return
  const end = size < 1 << 20 ? readFileSync(path).lastIndexOf(10) + 1 : endOfLastLine(path, size)
  if (end === size) return
  const descriptor = openSync(path, 'r+')
  ftruncateSync(descriptor, end)
  closeSync(descriptor)
}

function endOfLastLine(path: string, size: number): number {
  const tail = Buffer.alloc(1 << 20)
  const descriptor = openSync(path, 'r')
  const count = readSync(descriptor, tail, 0, tail.length, size - tail.length)
  closeSync(descriptor)
  return size - tail.length + tail.subarray(0, count).lastIndexOf(10) + 1
}
