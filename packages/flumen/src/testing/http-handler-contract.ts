import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Declaration, type Fields, typeNameOf } from '../component/kit.ts'
import type { EventBatch, HttpRequest } from '../core/index.ts'
import { type ComponentCase, componentContract } from './component-contract.ts'
import { createForTest } from './harness.ts'

export interface HttpHandlerCase extends ComponentCase {
  /** Requests that events are made of. */
  readonly good: readonly Partial<RequestForTest>[]
  /** Requests that are wrong. */
  readonly bad?: readonly Partial<RequestForTest>[]
}

/** A request as a test writes it. */
export interface RequestForTest extends Omit<HttpRequest, 'body'> {
  readonly body: string | Uint8Array
}

/** A request as a handler gets it; what is not given is as usual. */
export function requestForTest({ body = '', ...more }: Partial<RequestForTest> = {}): HttpRequest {
  const own = Uint8Array.from(Buffer.from(body))
  return { method: 'POST', url: '/', headers: {}, arrivedAt: 1_700_000_000_000, ...more, body: own }
}

/** What every handler of HTTP requests promises; registers tests. */
export function httpHandlerContract<F extends Fields>(
  declaration: Declaration<'httpHandler', F>,
  given: HttpHandlerCase,
): void {
  const name = `request handler ${typeNameOf(declaration)}`
  componentContract(declaration, given)

  test(`${name} makes the same events of the same request, with the time of its arrival`, async () => {
    const { instance } = await createForTest(declaration, given.values, given.harness)
    for (const request of given.good) {
      const first = await instance.handle(requestForTest(request))
      const second = await instance.handle(requestForTest(request))
      assert.deepEqual([...first], [...second])
      for (const { arrivedAt } of first.parts) assert.equal(arrivedAt, requestForTest(request).arrivedAt)
    }
  })

  test(`${name} leaves the events of one request alone when the next comes`, async () => {
    const { instance } = await createForTest(declaration, given.values, given.harness)
    const made: { readonly batch: EventBatch; readonly events: readonly unknown[] }[] = []
    for (const request of [...given.good, ...given.good]) {
      const batch = await instance.handle(requestForTest(request))
      made.push({ batch, events: structuredClone([...batch]) })
    }
    for (const { batch, events } of made) assert.deepEqual([...batch], events)
  })

  test(`${name} says of a wrong request that it is wrong, and of the next one nothing`, async () => {
    const { instance } = await createForTest(declaration, given.values, given.harness)
    for (const request of given.bad ?? []) {
      await assert.rejects(async () => instance.handle(requestForTest(request)), { code: 'BAD_REQUEST' })
    }
    for (const request of given.good) await instance.handle(requestForTest(request))
  })
}
