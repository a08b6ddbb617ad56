import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createForTest } from '../../testing/harness.ts'
import { httpHandlerContract, type RequestForTest, requestForTest } from '../../testing/http-handler-contract.ts'
import blob from './blob.ts'

httpHandlerContract(blob, { good: [{ body: 'x', url: '/a?b=c' }, { body: '' }] })

async function read(request: Partial<RequestForTest>): Promise<readonly [object, string]> {
  const { instance } = await createForTest(blob)
  const [event] = [...(await instance.handle(requestForTest(request)))]
  return [Object.fromEntries(event!.headers), Buffer.from(event!.body).toString()]
}

test('parameters are headers, the first value of each, and so is the type', async () => {
  const headers = { 'content-type': 'text/plain' }
  assert.deepEqual(await read({ url: '/x?a=1&b=t%20w+o&a=3&c', body: 'x', headers }), [
    { 'Content-Type': 'text/plain', a: '1', b: 't w o', c: '' },
    'x',
  ])
  assert.deepEqual(await read({ url: '/x?Content-Type=mine', body: 'x', headers }), [{ 'Content-Type': 'mine' }, 'x'])
  assert.deepEqual(await read({ url: '/x?a=%zz', body: '' }), [{ a: '%zz' }, ''])
})

test('a form is parameters and no body', async () => {
  const type = 'application/x-www-form-urlencoded; charset=UTF-8'
  const headers = { 'content-type': type }
  assert.deepEqual(await read({ url: '/?k=1', body: 'k=2&l=%C3%A9', headers }), [
    { 'Content-Type': type, k: '1', l: 'é' },
    '',
  ])
})

test('it has enough with so many bytes as it is told', async () => {
  assert.equal((await createForTest(blob)).instance.enoughBytes, 100_000_000)
  assert.equal((await createForTest(blob, { maxBlobLength: '5' })).instance.enoughBytes, 5)
})
