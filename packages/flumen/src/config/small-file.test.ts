import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { readSmallFile } from './small-file.ts'

let folder = ''
let path = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flumen-small-'))
  path = join(folder, 'secret')
})

after(() => rm(folder, { recursive: true }))

test('the charset says how bytes become text', async () => {
  const cases: [charset: string, bytes: Buffer, text: string][] = [
    ['UTF-8', Buffer.from('é東\n'), 'é東\n'],
    ['utf-8', Buffer.from('\uFEFFx'), 'x'],
    ['ISO-8859-1', Buffer.from([0xe9, 0x80]), '\u00e9\u0080'],
    ['UTF-16LE', Buffer.from('é', 'utf16le'), 'é'],
    ['UTF-16', Buffer.from('é', 'utf16le').swap16(), 'é'],
    ['UTF-16', Buffer.from('\uFEFFé', 'utf16le'), 'é'],
  ]
  for (const [charset, bytes, text] of cases) {
    await writeFile(path, bytes)
    assert.equal(readSmallFile(path, charset), text, charset)
  }
})

test('what cannot be read has a code', async () => {
  await writeFile(path, Buffer.from([0xe9]))
  assert.throws(() => readSmallFile(path, 'UTF-8'), { code: 'ERR_ENCODING_INVALID_ENCODED_DATA' })
  assert.throws(() => readSmallFile(path, 'nope'), { code: 'ERR_ENCODING_NOT_SUPPORTED' })
  assert.throws(() => readSmallFile(join(folder, 'none'), 'UTF-8'), { code: 'ENOENT' })
  assert.throws(() => readSmallFile(folder, 'UTF-8'), { code: 'EISDIR' })
  assert.throws(() => readSmallFile('/dev/null', 'UTF-8'), { code: 'EINVAL' })
})

test('a file of 1 MiB is read and one byte more is refused', async () => {
  await writeFile(path, 'x'.repeat(1024 * 1024))
  assert.equal(readSmallFile(path, 'UTF-8').length, 1024 * 1024)
  await writeFile(path, 'x'.repeat(1024 * 1024 + 1))
  assert.throws(() => readSmallFile(path, 'UTF-8'), { code: 'EFBIG' })
})

if (process.platform === 'linux') {
  test('files that say they are empty are read nevertheless', () => {
    assert.match(readSmallFile('/proc/self/status', 'UTF-8'), /^Name:/)
  })
}
