import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createForTest } from '../../testing/harness.ts'
import { httpHandlerContract, requestForTest } from '../../testing/http-handler-contract.ts'
import raw from './raw.ts'

httpHandlerContract(raw, { good: [{ body: 'x', url: '/a?b=c' }, { body: '' }] })

test('parameters alone are headers, and those that must be there are asked for', async () => {
  const { instance } = await createForTest(raw, { mandatoryParameters: 'host, file' })
  const request = { url: '/?host=h&file=f', body: 'x', headers: { 'content-type': 'text/plain' } }
  const [event] = [...(await instance.handle(requestForTest(request)))]
  assert.deepEqual(
    [Object.fromEntries(event!.headers), String(Buffer.from(event!.body))],
    [{ host: 'h', file: 'f' }, 'x'],
  )
  await assert.rejects(
    async () => instance.handle(requestForTest({ url: '/?host=h' })),
    /the parameter file is missing/,
  )
})
