import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FollowedFolder } from '../../../../../../test/support/followed-folder.ts'
import { createForTest, type Harness } from '../../../testing/harness.ts'
import containerLog from '../../interceptors/container-log.ts'

const time = '2026-11-21T10:00:00.123456789Z'
const cri = (text: string, tag = 'F', stream = 'stdout'): string => `${time} ${stream} ${tag} ${text}\n`
const docker = (log: string): string => `${JSON.stringify({ log, stream: 'stdout', time })}\n`

/** What the interceptor makes of the events that a source has stored. */
async function containerLines({ observed }: Harness<'source'>): Promise<readonly string[]> {
  const { instance } = await createForTest(containerLog)
  return observed.puts.flatMap((batch) =>
    Array.from(
      instance.intercept(batch, () => undefined),
      ({ body }) => Buffer.from(body).toString(),
    ),
  )
}

test('what a runtime of Kubernetes has cut is one line again, also over a stop between the parts', async (context) => {
  const bench = new FollowedFolder(context)
  const values = { 'multiline.mode': 'cri', 'multiline.timeout': '3600000' }
  bench.append('pod.log', cri('one') + cri('a', 'P') + cri('b', 'P'))
  const first = await bench.start(values)
  await first.stored(1)
  await bench.stop()
  bench.append('pod.log', cri('error', 'F', 'stderr') + cri('c') + cri('three'))
  const second = await bench.start(values)
  await second.stored(2)
  const lines = [...(await containerLines(first)), ...(await containerLines(second))]
  assert.deepEqual(lines, ['one', 'error\nabc', 'three'])
})

test('what Docker has cut is one line again, and a line is there without waiting for the next', async (context) => {
  const bench = new FollowedFolder(context)
  bench.append('x-json.log', docker('one\n') + docker('a') + docker('b\n') + docker('last\n'))
  const source = await bench.start({ 'multiline.mode': 'docker', 'multiline.timeout': '3600000' })
  await source.stored(3)
  assert.deepEqual(await containerLines(source), ['one', 'ab', 'last'])
})
