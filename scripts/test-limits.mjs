import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { root } from './pinned-node.mjs'

/** Kills a file that runs for too long; the processes say under which id they run (test-preload.mjs). */
export class Limits {
  #folder
  #seconds
  #timers = new Map()

  constructor(folder, seconds) {
    this.#folder = folder
    this.#seconds = seconds
  }

  see(type, { name, file }) {
    if (name !== file || file === undefined) return
    if (type === 'test:dequeue') {
      this.#timers.set(
        file,
        setTimeout(() => this.#tooLate(file), this.#seconds * 1000),
      )
    }
    if (type === 'test:complete') {
      clearTimeout(this.#timers.get(file))
      this.#timers.delete(file)
      for (const pid of this.#processesOf(file)) rmSync(join(this.#folder, pid))
    }
  }

  /** Leaves none running, when the run itself is ended. */
  killAll() {
    for (const file of this.#timers.keys()) this.#kill(file)
  }

  #tooLate(file) {
    process.stdout.write(`\n${relative(root, file)} still ran after ${this.#seconds} s and was killed.\n`)
    this.#kill(file)
  }

  #kill(file) {
    for (const pid of this.#processesOf(file)) {
      try {
        process.kill(Number(pid), 'SIGKILL')
      } catch {
        // It has just ended.
      }
    }
  }

  #processesOf(file) {
    try {
      return readdirSync(this.#folder).filter((pid) => readFileSync(join(this.#folder, pid), 'utf8') === file)
    } catch {
      // Somebody has cleaned up the temporary folder.
      return []
    }
  }
}
