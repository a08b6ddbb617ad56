import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readKeyStore } from '../../protocols/key-stores/key-store.ts'
import { readAuthorities } from './authorities.ts'

const folder = mkdtempSync(join(tmpdir(), 'flumen-authorities-'))
after(() => rmSync(folder, { recursive: true }))
const store = readFileSync(join(import.meta.dirname, '../../../../../test/golden/key-stores/modern.p12'))
const { pem } = readKeyStore(store, 'storePassword').certificates()[0]!

function fileOf(text: string): string {
  writeFileSync(join(folder, 'file.pem'), text)
  return join(folder, 'file.pem')
}

test('one certificate, several, and text between them are taken', async () => {
  for (const text of [pem, `${pem}\n# another - one\n${pem}`, pem.replaceAll('\n', '\r\n')]) {
    assert.equal(await readAuthorities(fileOf(text)), text)
  }
})

test('no certificate, one that is cut off and one that is wrong are refused', async () => {
  await assert.rejects(readAuthorities(fileOf('')), /has no certificate/)
  await assert.rejects(readAuthorities(fileOf('nothing')), /has no certificate/)
  await assert.rejects(readAuthorities(fileOf(`${pem}\n${pem.slice(0, 300)}`)), /cut off/)
  await assert.rejects(readAuthorities(fileOf(pem.replace(/\n[^\n]+\n/, '\nAAAA\n'))))
})
