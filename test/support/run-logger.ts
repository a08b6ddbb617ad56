import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'

/** Runs a program from the sources to its end, which must be a good one. */
export async function runLogger(t: TestContext, program: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, ['--conditions=flumen-source', program, ...args], {
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  t.after(() => child.kill('SIGKILL'))
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const end = await once(child, 'close')
  assert.deepEqual([...end, errors], [0, null, ''])
}
