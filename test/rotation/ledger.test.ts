import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Ledger } from './ledger.ts'
import { lineOf } from './writer.ts'

function ledgerOf(context: TestContext): { readonly ledger: Ledger; put(from: number, to: number): void } {
  const folder = mkdtempSync(join(tmpdir(), 'flumen-ledger-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'ledger')
  const ledger = new Ledger(path, 1)
  return {
    ledger,
    put(from, to) {
      const lines = Array.from({ length: to - from }, (_, at) => lineOf(0, from + at, 'filler'))
      appendFileSync(path, `${lines.join('\n')}\n#\n`)
      ledger.read()
    },
  }
}

test('what a put stored that was not the last one before a kill may not come again', (context) => {
  const { ledger, put } = ledgerOf(context)
  put(0, 100)
  put(100, 200)
  ledger.killed()
  put(100, 200)
  assert.deepEqual([ledger.repeated, ledger.unexcused, ledger.mostUnexcused], [100, 0, 0])
  put(0, 100)
  assert.deepEqual([ledger.repeated, ledger.unexcused], [200, 100])
  assert.ok(ledger.mostUnexcused > 2000)
})

test('what may be missing is not waited for, and is counted by what became of it', (context) => {
  const { ledger, put } = ledgerOf(context)
  put(0, 10)
  for (const line of [8, 9, 10, 11, 12]) ledger.doom(0, line, 'truncated')
  for (const line of [13, 14]) ledger.doom(0, line, 'deleted')
  put(14, 15)
  assert.deepEqual(ledger.doomed, { lines: 5, missing: 3, deleted: 1 })
  assert.deepEqual([ledger.gone, ledger.storedBelow(0), ledger.missing([17])], [4, 15, ['0 15', '0 16']])
})
