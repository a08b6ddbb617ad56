import { type ChildProcess, spawn } from 'node:child_process'
import type { Bytes } from '../../core/index.ts'

export interface CommandLimits {
  readonly timeoutMs: number
  /** Of output. */
  readonly mostBytes: number
}

export const keyCommandLimits: CommandLimits = { timeoutMs: 10_000, mostBytes: 64 << 10 }

/** As much of what it says of its errors is kept. */
const mostErrorBytes = 4 << 10

/**
 * What a command prints. It is run by itself, not by a shell: nothing in its words has a meaning. What it leaves running
 * in its process group is ended with it.
 * @throws Error when it cannot be run, fails, takes too long or prints too much; never with what it printed
 */
export function runKeyCommand(words: readonly string[], limits: CommandLimits = keyCommandLimits): Promise<Bytes> {
  const [file = '', ...others] = words
  return new Promise((resolve, reject) => {
    const child = spawn(file, others, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const output = collect(child.stdout, limits.mostBytes, () => fail(`printed more than ${limits.mostBytes} bytes`))
    const errors = collect(child.stderr, mostErrorBytes, () => undefined)
    const timer = setTimeout(() => fail(`did not end within ${limits.timeoutMs / 1000} s`), limits.timeoutMs)
    const fail = (why: string, cause?: Error): void => {
      clearTimeout(timer)
      if (child.exitCode === null && child.signalCode === null) killGroup(child)
      // A process that left the group may hold them open.
      child.stdout.destroy()
      child.stderr.destroy()
      reject(new Error(`the command ${file} ${why}`, cause && { cause }))
    }
    child.once('error', (error) => fail('cannot be run', error))
    child.once('exit', () => killGroup(child))
    child.once('close', (status, signal) => {
      clearTimeout(timer)
      if (status === 0) resolve(output())
      else fail(`ended with ${signal ?? `status ${status}`}${excerpt(errors())}`)
    })
  })
}

/** @returns a function that gives what came so far */
function collect(stream: NodeJS.ReadableStream, most: number, whenMore: () => void): () => Buffer {
  const chunks: Buffer[] = []
  let length = 0
  stream.on('data', (chunk: Buffer) => {
    if (length <= most) chunks.push(chunk)
    length += chunk.length
    if (length > most) whenMore()
  })
  stream.on('error', () => undefined)
  return () => Buffer.concat(chunks)
}

/** The last line, without what could be a key. */
function excerpt(errors: Buffer): string {
  const line = errors.toString('utf8').trim().split('\n').at(-1) ?? ''
  const harmless = line.replaceAll(/[A-Za-z0-9+=]{20,}/g, '…').replaceAll(/\p{Cc}/gu, ' ')
  return line === '' ? '' : `: ${harmless.slice(0, 200)}`
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has ended, and so has all that it started; or the system knows no groups.
    child.kill('SIGKILL')
  }
}
