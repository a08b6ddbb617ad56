import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { type Flow, flowOf } from '../cli/top/flow.ts'
import { type Reading, readReading } from '../cli/top/reading.ts'
import { channelReading, readingForTest, sinkReading, sourceReading } from '../testing/reading.ts'

type AgentReading = ReturnType<typeof readingForTest>

/** A server on a free port of 127.0.0.1 that answers as a test says, until the test ends. */
export async function serve(t: TestContext, answer: RequestListener): Promise<number> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

/** A server that answers with what `read` gives each time. */
export function serveReadings(t: TestContext, read: () => unknown): Promise<number> {
  return serve(t, (request, response) => {
    if (request.url !== '/status') response.writeHead(404)
    response.end(JSON.stringify(read()))
  })
}

/** 100 events a second come in, 50 go out, 1000 fit: `filled` seconds after the start. */
export function founding(filled = 0, parts: Partial<AgentReading> = {}): AgentReading {
  const size = Math.min(1000, 50 * filled)
  const growthPerSecond = size < 1000 ? 50 : 0
  const reading = readingForTest()
  return {
    ...reading,
    at: reading.startedAt + filled * 1000,
    sources: [
      sourceReading({
        account: { ...sourceReading().account, received: 100 * filled },
        dropped: {},
        channelFull: 0,
        inPerSecond: 100,
      }),
    ],
    channels: [
      channelReading({
        size,
        capacity: 1000,
        fill: size / 1000,
        inPerSecond: 50 + growthPerSecond,
        outPerSecond: 50,
        growthPerSecond,
        secondsUntilFull: growthPerSecond === 0 ? null : (1000 - size) / growthPerSecond,
      }),
    ],
    sinks: [sinkReading({ outPerSecond: 50, failures: 0, retries: 0, lastFailure: null })],
    ...parts,
  }
}

/** The reading as it comes out of an answer. */
export function answered(reading: AgentReading): Reading {
  return readReading(JSON.parse(JSON.stringify(reading)))
}

export function flowOfReading(reading: AgentReading): Flow {
  return flowOf(answered(reading))
}
