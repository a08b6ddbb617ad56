import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Declaration, defineMonitor } from '../component/kit.ts'
import memory from '../components/channels/memory.ts'
import replicating from '../components/selectors/replicating.ts'
import { type Log, type Monitor, type MonitorContext, silentLog } from '../core/index.ts'
import { planOf, scriptedSink, scriptedSource } from '../testing/agent-harness.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import { Agent } from './agent.ts'

const flow = `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = scripted
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.sinks.k1.type = scripted
a1.sinks.k1.channel = c1
`

async function agentWith(create: (context: MonitorContext) => Monitor, settings = '') {
  const monitor = defineMonitor({
    type: 'http',
    summary: 'Does what a test says.',
    fields: {},
    examples: [],
    create: (_options, context) => create(context),
  })
  const declarations = [memory, replicating, scriptedSource().declaration, scriptedSink().declaration, monitor]
  const plan = await planOf(flow + settings, declarations as unknown as Declaration[])
  const lines: string[] = []
  const say = (message: string, facts?: Readonly<Record<string, unknown>>): void => {
    lines.push(`${message} ${facts?.error ?? ''}`.trim())
  }
  const log: Log = { ...silentLog, warn: say, error: say }
  const clock = new ManualClock()
  return { agent: new Agent(plan, { log, clock }), lines, clock }
}

const idle = { start: () => Promise.resolve(), stop: () => Promise.resolve() }

test('a monitor that nobody asked for and that cannot be made or started is done without, and said', async () => {
  const broken = new Error('no room')
  for (const create of [
    () => {
      throw broken
    },
    () => ({ ...idle, start: () => Promise.reject(broken) }),
  ]) {
    const { agent, lines } = await agentWith(create)
    await agent.start()
    assert.equal(agent.state, 'running')
    assert.match(lines.join('\n'), /^The agent runs without monitoring\. .*no room$/)
    await agent.stop()
  }
})

test('one that was asked for and cannot start ends the agent', async () => {
  const settings = 'a1.flumen.monitoring.type = http'
  const { agent } = await agentWith(() => ({ ...idle, start: () => Promise.reject(new Error('no room')) }), settings)
  await assert.rejects(agent.start(), /^ComponentFailedError: monitor: no room$/)
  assert.equal(agent.state, 'stopped')
})

test('what a monitor reports as failed is logged, and the flow goes on', async () => {
  let fail: MonitorContext['fail'] = () => undefined
  const { agent, lines } = await agentWith((context) => {
    fail = context.fail
    return idle
  })
  await agent.start()
  fail(new Error('the port is gone'))
  assert.deepEqual(lines, ['Component failed. the port is gone'])
  assert.equal(agent.state, 'running')
  await agent.stop()
})

test('a monitor that does not stop, or not cleanly, does not keep the agent from it', async () => {
  const hanging = await agentWith(() => ({ ...idle, stop: () => new Promise<void>(() => undefined) }))
  await hanging.agent.start()
  const ended = hanging.agent.stop()
  await hanging.clock.advance(3000)
  assert.deepEqual(await ended, { reason: 'asked', left: [] })
  assert.deepEqual(hanging.lines, ['The monitor did not stop in time.'])
  const failing = await agentWith(() => ({ ...idle, stop: () => Promise.reject(new Error('stuck')) }))
  await failing.agent.start()
  assert.deepEqual(await failing.agent.stop(), { reason: 'asked', left: [] })
  assert.deepEqual(failing.lines, ['The monitor did not stop cleanly. stuck'])
})
