import { writeSync } from 'node:fs'
import { codeOf } from '../core/index.ts'
import type { Terminal } from './io.ts'

/** Signals after which the process ends; the others that end it are those of {@link CommandIo.onSignal}. */
const endings = { SIGHUP: 129, SIGQUIT: 131 } as const

/** The terminal of this process. Standard output must be one; without standard input there are no keys. */
export function processTerminal({ stdin, stdout }: Pick<NodeJS.Process, 'stdin' | 'stdout'>): Terminal {
  return {
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    onResize(handler) {
      stdout.on('resize', handler)
      return () => stdout.off('resize', handler)
    },
    onKeys(handler) {
      if (!stdin.isTTY) return () => undefined
      const typed = (chunk: Buffer): void => handler(chunk.toString('utf8'))
      // A terminal that goes away says what Ctrl-D says.
      const gone = (): void => handler('\x04')
      stdin.setRawMode(true)
      stdin.on('data', typed).on('end', gone).on('error', gone)
      stdin.resume()
      return () => {
        stdin.off('data', typed).off('end', gone).off('error', gone)
        stdin.on('error', () => undefined)
        stdin.setRawMode(false)
        stdin.pause()
      }
    },
    enter(enter, leave) {
      const left = (): void => writeNow(stdout.fd, leave)
      process.once('exit', left)
      const undo = Object.entries(endings).map(([signal, status]) => {
        const end = (): never => process.exit(status)
        process.once(signal, end)
        return () => process.off(signal, end)
      })
      writeNow(stdout.fd, enter)
      return () => {
        process.off('exit', left)
        for (const each of undo) each()
        left()
      }
    },
  }
}

/** The process may be about to end: nothing is left to a later turn of the event loop. */
function writeNow(fd: number, text: string): void {
  for (let left = Buffer.from(text), tries = 0; left.length > 0 && tries < mostTries; tries++) {
    try {
      left = left.subarray(writeSync(fd, left))
    } catch (error) {
      // Otherwise the terminal is gone, and with it whatever there was to restore.
      if (codeOf(error) !== 'EAGAIN') return
      Atomics.wait(pause, 0, 0, pauseMs)
    }
  }
}

/** How long a terminal that is stopped is waited for: half a second. */
const mostTries = 50
const pauseMs = 10
const pause = new Int32Array(new SharedArrayBuffer(4))
