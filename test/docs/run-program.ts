import { spawn } from 'node:child_process'

export interface ProgramEnd {
  /** What it printed on standard output. */
  readonly output: string
  /** What it printed on standard error. */
  readonly errors: string
  /** Its exit status, or the signal that ended it. */
  readonly status: number | string
}

export interface ProgramOptions {
  readonly cwd: string
  readonly environment?: Readonly<Record<string, string>>
  readonly limitMs: number
}

/** Runs a program to its end, with nothing on standard input; when it takes too long it is killed with all that it started. */
export function runProgram(
  command: string,
  args: readonly string[],
  { cwd, environment, limitMs }: ProgramOptions,
): Promise<ProgramEnd> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const text = { output: '', errors: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text.output += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text.errors += chunk
  })
  return new Promise((resolve, reject) => {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      process.kill(-child.pid!, 'SIGKILL')
    }, limitMs)
    child.once('error', reject)
    child.once('close', (status, signal) => {
      clearTimeout(timer)
      resolve({ ...text, status: isLate ? `killed after ${limitMs / 1000} s` : (status ?? signal ?? 'unknown') })
    })
  })
}
