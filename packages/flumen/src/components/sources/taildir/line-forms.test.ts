import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { test } from 'node:test'
import { FollowedFolder, quietly } from '../../../../../../test/support/followed-folder.ts'
import { readForTest } from '../../../testing/harness.ts'
import taildir from './taildir.ts'

const trace = 'java.lang.Error: no\n\tat a.B\n\tat c.D\n'

test('the lines of a stack trace are one event with the line ends between them, the last one after its timeout', async (context) => {
  const bench = new FollowedFolder(context)
  bench.append('a.log', `start\r\n${trace}next\n${trace}`)
  const source = await bench.start({
    'multiline.continuePattern': '^\\s',
    'multiline.timeout': '1',
    byteOffsetHeader: 'true',
  })
  await source.stored(4)
  const body = trace.trimEnd()
  assert.deepEqual(source.bodies(), ['start', body, 'next', body])
  const offsets = source.observed.puts.flatMap((batch) => Array.from(batch, ({ headers }) => headers.get('byteoffset')))
  assert.deepEqual(offsets, ['0', '7', '43', '48'])
})

test('an event waits for the line that begins the next one, through a stop and a rename', async (context) => {
  const bench = new FollowedFolder(context)
  const values = { 'multiline.startPattern': '^\\d', 'multiline.timeout': '3600000' }
  bench.append('a.log', '1\nx\n2\ny')
  const first = await bench.start(values)
  await first.stored(1)
  await bench.stop()
  assert.deepEqual(bench.positions(), { 'a.log': 4 })
  fs.renameSync(bench.path('a.log'), bench.path('a.log.1'))
  bench.append('a.log.1', 'z\nw\n3\n')
  const second = await bench.start(values)
  await second.stored(1)
  assert.deepEqual([...first.bodies(), ...second.bodies()], ['1\nx', '2\nyz\nw'])
})

test('an event that is larger than what is read at once is several', async (context) => {
  const bench = new FollowedFolder(context)
  bench.append('a.log', `1\n${'x'.repeat(99)}\n`.padEnd(100, '.') + `${'y'.repeat(99)}\n`.repeat(25_000))
  bench.append('a.log', '2\n3\n')
  const source = await bench.start({ 'multiline.startPattern': '^\\d', 'multiline.maxLines': '1000000' })
  await source.stored(4)
  const text = source.bodies().join('\n')
  assert.equal(text.length, 102 + 25_000 * 100 + 1)
})

for (const [charset, encode] of [
  ['UTF-16LE', (text: string) => Buffer.from(text, 'utf16le')],
  ['UTF-16BE', (text: string) => Buffer.from(text, 'utf16le').swap16()],
] as const) {
  for (const mark of ['', '\uFEFF']) {
    for (const name of mark === '' && charset === 'UTF-16LE' ? [charset] : [charset, 'UTF-16']) {
      test(`${charset} ${mark ? 'with' : 'without'} a byte order mark is read as ${name}`, async (context) => {
        const bench = new FollowedFolder(context)
        // Characters with a byte of 0x0A or 0x0D, and one of two units.
        bench.append('a.log', encode(`${mark}Ċਊ\r\n\n😀ഊ\nrest`))
        const source = await bench.start({ inputCharset: name, byteOffsetHeader: 'true' })
        await source.stored(3)
        bench.append('a.log', encode(' of it\n'))
        await source.stored(4)
        assert.deepEqual(source.bodies(), ['Ċਊ', '', '😀ഊ', 'rest of it'])
        const offset = mark.length * 2 + 18
        assert.equal(source.observed.puts.at(-1)?.header(0, 'byteoffset'), String(offset))
        await bench.stop()
        bench.append('a.log', encode('again\n'))
        const second = await bench.start({ inputCharset: name })
        await second.stored(1)
        assert.deepEqual(second.bodies(), ['again'])
      })
    }
  }
}

for (const [charset, hex, text] of [
  ['GB18030', 'd6d0cec40a8130813081400a', '中文|\u0080丂'],
  ['Shift_JIS', '93fa967b0a835c0ab1b20a', '日本|ソ|ｱｲ'],
  ['ISO-8859-1', 'e9800a', 'é\u0080'],
  ['UTF-8', 'efbbbfc3a90aff0a', 'é|\uFFFD'],
] as const) {
  test(`${charset} becomes UTF-8`, async (context) => {
    const bench = new FollowedFolder(context)
    bench.append('a.log', Buffer.from(hex, 'hex'))
    const source = await bench.start({ inputCharset: charset })
    await source.stored(text.split('|').length)
    assert.equal(source.bodies().join('|'), text)
  })
}

test('a long line is cut between characters of its character set', async (context) => {
  const cut = async (inputCharset: string, bytes: Buffer, maxLineLength: number): Promise<readonly string[]> => {
    const bench = new FollowedFolder(context)
    bench.append('a.log', bytes)
    const source = await bench.start({ inputCharset, maxLineLength: String(maxLineLength) })
    await source.stored(2)
    await bench.stop()
    return source.bodies()
  }
  assert.deepEqual(await cut('UTF-16LE', Buffer.from('a😀😀\n', 'utf16le'), 8), ['a😀', '😀'])
  assert.deepEqual(await cut('UTF-16BE', Buffer.from('a😀😀\n', 'utf16le').swap16(), 9), ['a😀', '😀'])
  assert.deepEqual(await cut('GB18030', Buffer.from('d6d0813081300a', 'hex'), 5), ['中', '\u0080'])
  assert.deepEqual(await cut('Shift_JIS', Buffer.from('b193fa967b0a', 'hex'), 4), ['ｱ日', '本'])
})

test('a long line is truncated on request, however long it is, and the next one is whole', async (context) => {
  const bench = new FollowedFolder(context)
  bench.append('a.log', `${'é'.repeat(10)}\nshort\n${'x'.repeat(3_000_000)}`)
  const source = await bench.start({ maxLineLength: '5', longLines: 'truncate' })
  await source.stored(3)
  bench.append('a.log', 'y\nend\n')
  await source.stored(4)
  await quietly()
  assert.deepEqual(source.bodies(), ['éé', 'short', 'xxxxx', 'end'])
  await bench.stop()
  assert.deepEqual(bench.positions(), { 'a.log': 21 + 6 + 3_000_002 + 4 })
})

test('a character set that there is not, or whose lines are not found, is said', async () => {
  const messages = async (inputCharset: string): Promise<string[]> => {
    const { problems } = await readForTest(taildir, { filegroups: 'g', 'filegroups.g': '/x/y', inputCharset })
    return problems.all.map(({ message }) => message)
  }
  assert.deepEqual(await messages('UTF-9'), ['there is no character set UTF-9'])
  assert.deepEqual(await messages('UTF-32'), ['lines of UTF-32 are not found here'])
})
