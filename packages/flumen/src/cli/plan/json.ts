import type { Answer } from './answer.ts'
import { useOf } from './bottleneck.ts'
import type { Load } from './network.ts'
import type { PlaceOutlook } from './outlook.ts'

/** The answers for programs: one object. What is not known or never happens is null; times in seconds unless they say ms. */
export function jsonOf({ network, outlook, delays, whenFull, notes }: Answer): string {
  const { bottleneck } = outlook
  const targets = new Map(network.runners.flatMap(({ sinks }) => sinks.map(({ id, target }) => [id, target] as const)))
  const object = {
    agents: [...network.counts].map(([name, instances]) => ({ name, instances })),
    sources: outlook.sources.map((source) => ({
      ...placeOf(source),
      from: [...targets].filter(([, target]) => target === source.id).map(([sink]) => sink),
    })),
    channels: outlook.channels.map(
      ({ id, carries, worst, into, outOf, fullIn, room, bound, lasts, lastsWithAll, drain }) => ({
        id,
        ...loadOf(carries),
        worstEventsPerSecond: worst.events,
        inPerSecond: into,
        outPerSecond: outOf,
        growthPerSecond: into - outOf,
        secondsUntilFull: fullIn,
        holdsEvents: Math.floor(room),
        boundBy: bound,
        secondsWithSinkDown: lasts,
        secondsWithAllBefore: lastsWithAll,
        whenFull: whenFull.get(id) ?? '',
        drainPerSecond: drain,
      }),
    ),
    groups: outlook.runners.map(({ id, carries, batchSeconds }, index) => {
      const { channel, batchEvents, inFlight, sinks } = network.runners[index]!
      return {
        id,
        channel,
        ...loadOf(carries),
        sinks: sinks.map((sink) => sink.id),
        batchEvents,
        inFlight,
        batchSeconds,
      }
    }),
    sinks: outlook.sinks.map((sink) => ({ ...placeOf(sink), to: targets.get(sink.id) ?? null })),
    bottleneck: bottleneck && { ...bottleneck.hop, use: useOf(bottleneck.hop), carriesTimesTheRates: bottleneck.scale },
    overloadsAtWorst: outlook.overloads.map((hop) => ({ ...hop, use: useOf(hop) })),
    outages: outlook.outages.map(({ channel, held, before, outside, catchUp }) => {
      return { channel, heldEvents: held, eventsBeforeIt: before, eventsOutside: outside, catchUpSeconds: catchUp }
    }),
    delays,
    notes,
  }
  return `${JSON.stringify(object, plain, 2)}\n`
}

function placeOf({ id, carries, worst, limit }: PlaceOutlook): object {
  const most = Math.max(worst.events, carries.events)
  const use = Number.isFinite(limit) ? useOf({ carries: most, limit }) : undefined
  return { id, ...loadOf(carries), worstEventsPerSecond: most, limitPerSecond: limit, use: use ?? null }
}

function loadOf({ events, bytes }: Load): object {
  return { eventsPerSecond: events, bytesPerSecond: bytes }
}

/** Without the noise of binary fractions; what JSON has no number for is null. */
function plain(_key: string, value: unknown): unknown {
  if (value === undefined) return null
  if (typeof value !== 'number') return value
  return Number.isFinite(value) ? Number(value.toPrecision(12)) : null
}
