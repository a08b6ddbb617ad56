import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FollowedFolder, openIn } from '../support/followed-folder.ts'

const count = 10_000

test('10,000 files that all have a line without an end are followed with 256 descriptors', async (context) => {
  const bench = new FollowedFolder(context)
  for (let file = 0; file < count; file++) bench.append(`${file}.log`, `${'text '.repeat(50)}\nrest of ${file}`)
  let most = 0
  const onPut = (): undefined => {
    most = Math.max(most, openIn(bench.folder).length)
  }
  const source = await bench.start({}, { onPut })
  await source.stored(count)
  for (let file = 0; file < count; file += 10) bench.append(`${file}.log`, ' and more\n')
  await source.stored(count + count / 10)
  assert.ok(most <= 256, `${most} were open`)
  const rests = source.bodies().filter((body) => body.startsWith('rest'))
  const expected = Array.from({ length: count / 10 }, (_, file) => `rest of ${file * 10} and more`)
  assert.deepEqual(rests.toSorted(), expected.toSorted())
})
