import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { askForCommits } from './request.ts'

const trial = { committers: 16, batch: 100, bytes: 200 }

async function portThatAnswers(t: TestContext, answer: string): Promise<{ port: number; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((socket) => {
    socket.on('data', (text) => {
      asked.push(text.toString())
      socket.end(answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return { port: (server.address() as AddressInfo).port, asked }
}

test('a pass is asked for and answered in a line each', async (t) => {
  const { port, asked } = await portThatAnswers(t, '4711 1500.25\n')
  assert.deepEqual(await askForCommits(port, trial, 1500), { commits: 4711, milliseconds: 1500.25 })
  assert.deepEqual(asked, ['16 100 200 1500\n'])
})

test('what a program says instead of figures is the error', async (t) => {
  const { port } = await portThatAnswers(t, 'failed: the channel is full\n')
  await assert.rejects(askForCommits(port, trial, 10), { message: 'failed: the channel is full' })
})

test('a connection that closes without an answer is an error', async (t) => {
  const { port } = await portThatAnswers(t, '')
  await assert.rejects(askForCommits(port, trial, 10), /without an answer/)
})
