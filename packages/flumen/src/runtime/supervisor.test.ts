import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Lifecycle, silentLog } from '../core/index.ts'
import { ManualClock, settle } from '../testing/manual-clock.ts'
import { componentScope, Supervised } from './supervisor.ts'

interface Setup {
  readonly component: Supervised<Lifecycle>
  readonly clock: ManualClock
  readonly starts: number[]
  readonly stops: number[]
}

function setUp(
  startsWell: (start: number) => boolean = () => true,
  onFailure: () => 'restart' | 'stop' = () => 'restart',
): Setup {
  const clock = new ManualClock()
  const starts: number[] = []
  const stops: number[] = []
  const component = new Supervised<Lifecycle>({
    kind: 'sink',
    name: 'k1',
    clock,
    log: silentLog,
    restartDelayMs: 1000,
    create: async () => ({
      start: async () => {
        starts.push(clock.monotonic())
        if (!startsWell(starts.length)) throw new Error(`start ${starts.length}`)
      },
      stop: async () => {
        stops.push(clock.monotonic())
      },
    }),
    onFailure,
  })
  return { component, clock, starts, stops }
}

test('a failed component is stopped and started again after pauses that double up to thirty seconds', async () => {
  const { component, clock, starts, stops } = setUp((start) => start === 1 || start > 8)
  await component.start()
  component.fail(new Error('cut'))
  await clock.advance(200_000)
  const pauses = starts.slice(1).map((at, index) => at - starts[index]!)
  assert.deepEqual(pauses, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
  assert.equal(component.status.state, 'running')
  assert.equal(component.status.restarts, 1)
  assert.equal(stops.length, 8, 'each failed instance was stopped')
  await component.stop(0)
})

test('what is seen of a component: state, since when, the last error', async () => {
  const { component, clock } = setUp()
  assert.equal(component.status.state, 'new')
  await component.start()
  await clock.advance(5)
  component.fail(Object.assign(new Error('no route'), { code: 'EHOSTUNREACH' }))
  const { state, since, lastError } = component.status
  assert.deepEqual(
    { state, since, lastError },
    { state: 'failed', since: clock.now(), lastError: { at: clock.now(), code: 'EHOSTUNREACH', message: 'no route' } },
  )
  await component.stop(0)
  assert.equal(component.status.state, 'stopped')
  assert.equal(clock.pending, 0)
})

test('the first start throws its error', async () => {
  const { component } = setUp(() => false)
  await assert.rejects(component.start(), /start 1/)
  assert.equal(component.status.state, 'failed')
})

test('a failure of an instance that is gone is ignored', async () => {
  const { component, clock, starts } = setUp()
  await component.start()
  const old = component.running
  component.fail(new Error('one'))
  await clock.advance(1000)
  component.fail(new Error('late'), old)
  await clock.advance(60_000)
  assert.equal(starts.length, 2)
  await component.stop(0)
})

test('who waits for a running instance gets the next one, or nothing when it stops', async () => {
  const { component, clock } = setUp()
  await component.start()
  component.fail(new Error('cut'))
  const never = new AbortController().signal
  const waiting = component.whenRunning(never)
  await clock.advance(1000)
  assert.equal(await waiting, component.running)
  component.fail(new Error('cut'))
  const last = component.whenRunning(never)
  await component.stop(0)
  assert.equal(await last, undefined)
})

test('where the rule says stop, nothing is started again', async () => {
  const { component, clock, starts } = setUp(undefined, () => 'stop')
  await component.start()
  component.fail(new Error('cut'))
  await clock.advance(60_000)
  assert.equal(starts.length, 1)
  await component.stop(0)
})

test('stop before start, and twice, is nothing', async () => {
  const { component, stops } = setUp()
  await component.stop(0)
  await component.stop(0)
  assert.equal(stops.length, 0)
})

test('a callback of a component that throws is known to be its own', async () => {
  const names: (string | undefined)[] = []
  const clock = new ManualClock()
  const component = new Supervised<Lifecycle>({
    kind: 'source',
    name: 'r1',
    clock,
    log: silentLog,
    restartDelayMs: 1,
    create: async () => ({
      start: async () => {
        setImmediate(() => names.push(componentScope.getStore()?.name))
      },
      stop: async () => undefined,
    }),
    onFailure: () => 'restart',
  })
  await component.start()
  await settle()
  assert.deepEqual(names, ['source r1'])
  await component.stop(0)
})
