import type { TestContext } from 'node:test'
import { Agent } from 'flumen'

export interface Collected {
  readonly body: string
  readonly headers: ReadonlyMap<string, string>
}

/** An agent with an Avro source on a port, until the test is over; what it gets is added to the array. */
export async function startCollector(t: TestContext, port: number): Promise<readonly Collected[]> {
  const collected: Collected[] = []
  const agent = new Agent({
    sources: { r1: { type: 'avro', bind: '127.0.0.1', port, channels: 'c1' } },
    channels: { c1: { type: 'memory' } },
  })
  await agent.start()
  t.after(() => agent.stop(0))
  const channel = agent.channel('c1')
  const take = async (): Promise<void> => {
    for await (const { headers, body } of channel) collected.push({ headers, body: Buffer.from(body).toString() })
  }
  take().catch(() => undefined)
  return collected
}
