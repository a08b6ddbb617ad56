import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'

/** How a command ended: one of the two is there. */
export interface CommandEnd {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
}

/** A command that runs, in a process group of its own, so that what it starts can be ended with it. */
export class Command {
  readonly pid: number
  readonly output: Readable
  readonly errors: Readable
  /** Settles when it has ended and nobody holds its outputs open any more. */
  readonly ended: Promise<CommandEnd>
  readonly #child: ChildProcess
  #hasEnded = false

  private constructor(child: ChildProcess) {
    this.#child = child
    this.pid = child.pid!
    this.output = child.stdout!
    this.errors = child.stderr!
    this.ended = new Promise((resolve) => {
      child.once('close', (status, signal) => {
        this.#hasEnded = true
        child.stdin!.destroy()
        resolve({ status, signal })
      })
    })
  }

  /** @throws the system's error where it cannot be run: ENOENT, EACCES */
  static start(words: readonly string[]): Promise<Command> {
    const [file = '', ...others] = words
    return new Promise((resolve, reject) => {
      const child = spawn(file, others, { detached: true, stdio: 'pipe' })
      child.once('error', reject)
      child.once('spawn', () => {
        child.removeListener('error', reject)
        child.on('error', () => undefined)
        child.stdin.on('error', () => undefined)
        resolve(new Command(child))
      })
    })
  }

  /** Signals the command and all of its group. */
  kill(signal: NodeJS.Signals): void {
    if (this.#hasEnded) return
    try {
      process.kill(-this.pid, signal)
    } catch {
      // No such group: it has ended, or the system knows no groups.
      this.#child.kill(signal)
    }
  }

  /** Reads no more, for the case that a process which left the group holds the outputs open. */
  release(): void {
    for (const stream of [this.output, this.errors]) stream.destroy()
  }
}
