import type { Declaration, Fields } from '../component/kit.ts'
import type { AgentReading, Monitor } from '../core/index.ts'
import { createForTest, type Observed } from './harness.ts'
import { readingForTest } from './reading.ts'

export interface StartedMonitor {
  readonly instance: Monitor
  readonly observed: Observed
  /** What the monitor reads from now on; a test changes it. */
  readonly reading: { -readonly [K in keyof AgentReading]: AgentReading[K] }
  /** Of its address, where it has one. */
  readonly port: number
}

/** Starts a monitor over a reading that a test can change; it is stopped after the test. */
export async function startMonitor<F extends Fields>(
  t: { after(work: () => Promise<void>): void },
  declaration: Declaration<'monitor', F>,
  values: Readonly<Record<string, string>>,
  parts: Partial<AgentReading> = {},
): Promise<StartedMonitor> {
  const reading = readingForTest(parts)
  const { instance, observed } = await createForTest(declaration, values, { read: () => reading })
  await instance.start()
  t.after(() => instance.stop(1000))
  return { instance, observed, reading, port: Number(/:(\d+)$/.exec(instance.address ?? '')?.[1]) }
}
