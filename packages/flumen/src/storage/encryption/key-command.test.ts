import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyCommandLimits, runKeyCommand } from './key-command.ts'

const node = process.execPath

test('a command gives what it prints, bytes and all', async () => {
  const output = await runKeyCommand([node, '-e', 'process.stdout.write(Buffer.of(0, 255, 10))'])
  assert.deepEqual([...output], [0, 255, 10])
})

test('words are handed over as they are: no shell reads them', async () => {
  const id = '$(touch x); `id` && "a" > b'
  const output = await runKeyCommand([node, '-p', 'process.argv[1]', id])
  assert.equal(Buffer.from(output).toString(), `${id}\n`)
})

test('a command that fails is an error with its last line and without what could be a key', async () => {
  const script =
    'console.log("printedSecret"); console.error("firstLine\\nno key 00112233445566778899aabbccddeeff: denied"); process.exit(3)'
  await assert.rejects(runKeyCommand([node, '-e', script]), (error: Error) => {
    assert.match(error.message, /ended with status 3: no key …: denied$/)
    assert.doesNotMatch(error.message, /printedSecret|firstLine/)
    return true
  })
})

test('a command that is not there is an error', async () => {
  await assert.rejects(runKeyCommand(['./no-such-command']), (error: Error) => {
    assert.equal(error.message, 'the command ./no-such-command cannot be run')
    assert.match(String(error.cause), /ENOENT/)
    return true
  })
})

test('what a command leaves running does not hold up its key', async () => {
  const output = await runKeyCommand(['/bin/sh', '-c', 'sleep 600 & printf key'])
  assert.equal(Buffer.from(output).toString(), 'key')
})

test('a command that does not end is ended, with what it started', async () => {
  const limits = { ...keyCommandLimits, timeoutMs: 300 }
  await assert.rejects(runKeyCommand(['/bin/sh', '-c', 'sleep 600 & sleep 600'], limits), /did not end within 0\.3 s/)
})

test('a command that prints without end is ended', async () => {
  const limits = { ...keyCommandLimits, mostBytes: 1000 }
  await assert.rejects(
    runKeyCommand(['/bin/sh', '-c', 'while :; do echo key; done'], limits),
    /printed more than 1000 bytes/,
  )
})

test('output that closes before the command ends is not taken when the command then fails', async () => {
  const script = 'printf key; exec >&-; exit 4'
  await assert.rejects(runKeyCommand(['/bin/sh', '-c', script]), /ended with status 4/)
})
