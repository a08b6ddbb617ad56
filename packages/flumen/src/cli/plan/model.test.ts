import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { bottleneckOf, hopsOf, useOf } from './bottleneck.ts'
import { divided, sum } from './division.ts'
import { type Loads, loadsOf } from './loads.ts'
import type { ChannelNode, Load, Network, RunnerNode, SourceNode } from './network.ts'
import { inFlowOrder } from './order.ts'
import { type ChannelOutlook, outageOf, outlookOf } from './outlook.ts'
import { agentOf, capacityOf, partsOf, scenariosOf, working } from './scenario.ts'

const none = Number.POSITIVE_INFINITY
const limit = fc.oneof(fc.constant(none), fc.double({ min: 0.5, max: 5000, noNaN: true }))
const rate = fc.oneof(fc.constant(0), fc.double({ min: 0.1, max: 10_000, noNaN: true }))

interface Drawn {
  readonly outside: number
  readonly limit: number
  readonly toSecond: number
  readonly room: number
  readonly split: 'failover' | 'balance'
  readonly inFlight: number
  readonly ownRunner: boolean
  readonly sinks: readonly { readonly limit: number; readonly target: number }[]
  readonly count: number
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  outside: rate,
  limit,
  toSecond: fc.double({ min: 0, max: 1, noNaN: true }),
  room: fc.integer({ min: 1, max: 1_000_000 }),
  split: fc.constantFrom('failover', 'balance'),
  inFlight: fc.integer({ min: 1, max: 3 }),
  ownRunner: fc.boolean(),
  sinks: fc.array(fc.record({ limit, target: fc.nat(5) }), { minLength: 1, maxLength: 4 }),
  count: fc.integer({ min: 1, max: 5 }),
})

/** Agents with a source and two channels that share its events; sinks send to later agents, or outside. */
const networks: fc.Arbitrary<Network> = fc.array(drawn, { minLength: 1, maxLength: 6 }).map((agents) => ({
  counts: new Map(agents.map(({ count }, index) => [`a${index}`, count])),
  sources: agents.map(({ outside, limit, toSecond }, index): SourceNode => {
    const routes = [1 - toSecond, toSecond].map((share, channel) => ({ channel: `a${index}.c${channel}`, share }))
    return { id: `a${index}.r`, agent: `a${index}`, outside: { events: outside, bytes: outside * 300 }, limit, routes }
  }),
  channels: agents.flatMap(({ room }, index) =>
    [0, 1].map((channel): ChannelNode => {
      return { id: `a${index}.c${channel}`, agent: `a${index}`, events: room, bytes: room * 400, disks: [] }
    }),
  ),
  runners: agents.flatMap(({ sinks, split, inFlight, ownRunner }, index) => {
    const nodes = sinks.map(({ limit, target }, sink) => {
      const isLater = target > index && target < agents.length
      return { id: `a${index}.k${sink}`, limit, target: isLater ? `a${target}.r` : undefined }
    })
    const base = { agent: `a${index}`, split, inFlight, batchEvents: 100 }
    const second = { id: `a${index}.last`, limit: none, target: undefined }
    const first: RunnerNode[] = ownRunner
      ? nodes.map((sink) => ({ ...base, id: sink.id, channel: `a${index}.c0`, sinks: [sink] }))
      : [{ ...base, id: `a${index}.g`, channel: `a${index}.c0`, sinks: nodes }]
    return [...first, { ...base, id: second.id, channel: `a${index}.c1`, sinks: [second] }]
  }),
}))

describe('the rate model', () => {
  test('loses and makes no event: what arrives from outside goes outside, whoever is down', () => {
    fc.assert(
      fc.property(networks, (network) => {
        for (const scenario of [{ falls: undefined }, ...scenariosOf(network)]) {
          const loads = loadsOf(network, { scenario })
          near(delivered(network, loads), arriving(network), `${scenario.falls}`)
          for (const { id } of network.channels) {
            near(eventsOf(loads.outOf, id), eventsOf(loads.into, id), id)
          }
        }
      }),
    )
  })

  test('within limits nobody gives more than it gets, or more than it can', () => {
    fc.assert(
      fc.property(networks, (network) => {
        const loads = loadsOf(network, { isCapped: true })
        const atMost = (value: number, most: number, what: string): void => {
          assert.ok(value <= most * (1 + 1e-9) + 1e-9, `${what}: ${value} of ${most}`)
        }
        atMost(delivered(network, loads), arriving(network), 'all')
        const perChannel = Map.groupBy(network.runners, ({ channel }) => channel)
        for (const { id } of network.channels) {
          atMost(eventsOf(loads.outOf, id), eventsOf(loads.into, id), id)
          const runners = working(perChannel.get(id) ?? [], { falls: undefined })
          const most = sum(runners.map((runner) => capacityOf(runner, partsOf(runner, { falls: undefined }))))
          atMost(eventsOf(loads.outOf, id), most, id)
        }
        for (const { id, limit, routes } of network.sources) {
          atMost(sum(routes.map(({ channel }) => eventsOf(loads.into, channel))), limit, id)
        }
        for (const { sinks } of network.runners)
          for (const { id, limit } of sinks) atMost(eventsOf(loads.sinks, id), limit, id)
      }),
    )
  })

  test('a higher rate never makes any part carry less or last longer', () => {
    fc.assert(
      fc.property(networks, fc.nat(5), rate, (network, at, more) => {
        const sources = network.sources.map((source, index) => {
          const { events, bytes } = source.outside
          return index === at ? { ...source, outside: { events: events + more, bytes: bytes + more * 300 } } : source
        })
        const [before, after] = [outlookOf(network), outlookOf({ ...network, sources })]
        for (const part of ['sources', 'channels', 'sinks', 'runners'] as const) {
          for (const [index, { id, carries }] of before[part].entries()) {
            assert.ok(after[part][index]!.carries.events >= carries.events * (1 - 1e-9), id)
          }
        }
        for (const [index, { id, lasts }] of before.channels.entries()) {
          assert.ok(after.channels[index]!.lasts <= lasts * (1 + 1e-9), id)
        }
      }),
    )
  })

  test('is at its limit exactly at the bottleneck', () => {
    fc.assert(
      fc.property(networks, (network) => {
        const found = bottleneckOf(network)
        const fullest = (scale: number): number =>
          Math.max(
            0,
            ...hopsOf(network, loadsOf(network, { scale }))
              .filter(({ carries }) => carries > 0)
              .map(useOf),
          )
        if (!found) assert.ok(fullest(1000) <= 1)
        else {
          assert.ok(fullest(found.scale * (1 - 1e-6)) <= 1 + 1e-9, `${fullest(found.scale * (1 - 1e-6))}`)
          assert.ok(fullest(found.scale * (1 + 1e-6)) > 1, `${fullest(found.scale * (1 + 1e-6))}`)
        }
      }),
    )
  })

  test('what is worse than usual is no less than usual, and all channels together last no less than one', () => {
    fc.assert(
      fc.property(networks, (network) => {
        const { sources, channels, sinks } = outlookOf(network)
        for (const { id, carries, worst } of [...sources, ...channels, ...sinks]) {
          assert.ok(worst.events >= carries.events, id)
        }
        for (const { id, lasts, lastsWithAll } of channels) assert.ok(lastsWithAll >= lasts, id)
      }),
    )
  })

  test('an outage leaves every event somewhere, and a longer one never less', () => {
    fc.assert(
      fc.property(rate, rate, fc.nat(1_000_000), fc.nat(100_000), fc.nat(100_000), (events, drain, room, one, more) => {
        const lasts = events === 0 ? none : room / events
        const channel = { id: 'a.c', carries: { events, bytes: 0 }, room, lasts, lastsWithAll: lasts * 2, drain }
        const [short, long] = [one, one + more].map((seconds) => {
          const outage = outageOf(channel as ChannelOutlook, seconds)
          near(outage.held + outage.before + outage.outside, events * seconds, 'all')
          assert.ok(outage.held >= 0 && outage.before >= 0 && outage.outside >= 0, JSON.stringify(outage))
          return outage
        })
        assert.ok(long!.held >= short!.held && long!.outside >= short!.outside)
        assert.ok((long!.catchUp ?? none) >= (short!.catchUp ?? none))
      }),
    )
  })
})

describe('takers that work side by side', () => {
  const capacities = fc.array(fc.oneof(limit, fc.constant(0)), { minLength: 1, maxLength: 5 })

  test('divide all there is, each within its capacity while all of it fits', () => {
    fc.assert(
      fc.property(rate, capacities, (amount, most) => {
        const parts = divided(amount, most)
        near(sum(parts), amount, 'sum')
        if (amount > sum(most)) return
        for (const [index, part] of parts.entries()) assert.ok(part <= most[index]! + 1e-9, `${part} of ${most[index]}`)
      }),
    )
  })

  test('get the same where their capacities allow it', () => {
    assert.deepEqual(divided(90, [none, none, none]), [30, 30, 30])
    assert.deepEqual(divided(90, [10, none, none]), [10, 40, 40])
    assert.deepEqual(divided(90, [10, 20]), [30, 60])
    assert.deepEqual(divided(90, []), [])
  })
})

describe('a group of sinks', () => {
  const sinks = [100, 50].map((limit, index) => ({ id: `a.k${index}`, limit, target: undefined }))
  const group = { id: 'a.g', agent: 'a', channel: 'a.c', batchEvents: 100, sinks }

  test('that takes turns is as fast as its sinks one after the other', () => {
    const runner = { ...group, split: 'balance', inFlight: 1 } as const
    near(capacityOf(runner, partsOf(runner, { falls: undefined })), 2 / (1 / 100 + 1 / 50), 'turns')
  })

  test('that fails over is as fast as the sink that works', () => {
    const runner = { ...group, split: 'failover', inFlight: 1 } as const
    assert.equal(capacityOf(runner, partsOf(runner, { falls: undefined })), 100)
    assert.equal(capacityOf(runner, partsOf(runner, { falls: 'a.k1' })), 50)
  })

  test('gives one sink of three a half when another is down', () => {
    const three = [...sinks, { id: 'a.k2', limit: none, target: undefined }]
    const runner = { ...group, sinks: three, split: 'balance', inFlight: 1 } as const
    assert.deepEqual(partsOf(runner, { falls: 'a.k2' }), [0, 0.5, 0.5])
  })
})

test('channels on one disk fill it together', () => {
  const channel = (name: string): ChannelNode => {
    const disks = [{ disk: 'sda', room: 1_000_000, share: 1, bytesBeside: 0 }]
    return { id: `a.${name}`, agent: 'a', events: 1e9, bytes: 1e15, disks }
  }
  const routes = ['c', 'd'].map((name) => ({ channel: `a.${name}`, share: 1 }))
  const outside = { events: 10, bytes: 1000 }
  const { channels } = outlookOf({
    counts: new Map(),
    sources: [{ id: 'a.r', agent: 'a', outside, limit: none, routes }],
    channels: [channel('c'), channel('d')],
    runners: [],
  })
  assert.deepEqual(
    channels.map(({ lasts, bound }) => [lasts, bound]),
    [
      [500, 'disk'],
      [500, 'disk'],
    ],
  )
})

test('a chain of a hundred thousand agents has an order', () => {
  const agents = Array.from({ length: 100_000 }, (_, index) => `a${index}`)
  const network: Network = {
    counts: new Map(),
    sources: agents.map((agent) => {
      const routes = [{ channel: `${agent}.c`, share: 1 }]
      return { id: `${agent}.r`, agent, outside: { events: 0, bytes: 0 }, limit: none, routes }
    }),
    channels: [],
    runners: agents.map((agent, index): RunnerNode => {
      const sinks = [{ id: `${agent}.k`, limit: none, target: `a${index + 1}.r` }]
      return { id: `${agent}.k`, agent, channel: `${agent}.c`, split: 'balance', sinks, batchEvents: 1, inFlight: 1 }
    }),
  }
  assert.equal(inFlowOrder(network)[0], 'a0.r')
})

function arriving({ sources, counts }: Network): number {
  return sum(sources.map(({ agent, outside }) => outside.events * (counts.get(agent) ?? 1)))
}

function delivered({ runners, counts }: Network, { sinks }: Loads): number {
  const outside = runners.flatMap((runner) => runner.sinks.filter(({ target }) => target === undefined))
  return sum(outside.map(({ id }) => eventsOf(sinks, id) * (counts.get(agentOf(id)) ?? 1)))
}

function eventsOf(loads: ReadonlyMap<string, Load>, id: string): number {
  return loads.get(id)?.events ?? 0
}

function near(actual: number, expected: number, what: string): void {
  assert.ok(
    Math.abs(actual - expected) <= 1e-6 * Math.max(1, Math.abs(expected)),
    `${what}: ${actual}, not ${expected}`,
  )
}
