import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { batchOf, createEvent } from '../../../core/index.ts'
import { appendBatchRequest } from '../../../protocols/avro-rpc/calls.ts'
import { createForTest } from '../../../testing/harness.ts'
import { settle } from '../../../testing/manual-clock.ts'
import avro from './avro.ts'

/** Requests of one client, sent without waiting for answers: 5 MiB of them. */
const requests = 50_000
/** Of these so many may be stored while an honest client waits. */
const mostBetween = 10_000
const request = (serial: number, body: string): Buffer =>
  Buffer.concat(
    appendBatchRequest(serial, batchOf([createEvent(body)]), serial === 1 ? { withText: false } : 'settled'),
  )

test('while one client floods it with requests, others wait for a bounded number of them', {
  timeout: 120_000,
}, async (t) => {
  const source = await createForTest(avro, { bind: '127.0.0.1', port: '0' })
  await source.instance.start()
  t.after(() => source.instance.stop(0))
  const { address } = source.observed.lines.find(({ message }) => message === 'Listening.')!.facts
  const port = Number(/:(\d+)$/.exec(String(address))![1])
  const { puts } = source.observed
  const [flood, ...honest] = Array.from({ length: 4 }, () => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    t.after(() => socket.destroy())
    return socket
  })
  assert.ok(flood)
  flood.resume()
  await Promise.all([flood, ...honest].map((socket) => once(socket, 'connect')))
  const body = 'x'.repeat(60)
  flood.write(Buffer.concat(Array.from({ length: requests }, (_, index) => request(index + 1, body))))
  while (puts.length === 0) await settle()
  const between = await Promise.all(
    honest.map(async (socket) => {
      const before = puts.length
      socket.write(request(1, 'honest'))
      await once(socket, 'data')
      return puts.findIndex((batch, index) => index >= before && batch.text(0) === 'honest') - before
    }),
  )
  t.diagnostic(`${between.join(', ')} requests`)
  assert.ok(puts.length < requests, 'the flood was over before the honest clients were answered')
  for (const count of between) assert.ok(count >= 0 && count <= mostBetween, `${count} requests`)
})
