import type { Network, RunnerNode, SinkNode } from './network.ts'

/** What goes wrong while loads are worked out. */
export interface Scenario {
  /** Everything falls on this agent, or on this sink where it sends outside; undefined: all is well. */
  readonly falls: string | undefined
}

export const allIsWell: Scenario = { falls: undefined }

/**
 * The ways in which one place may get more than its usual part: each agent that sinks of groups send to, and each sink
 * of a group that sends outside. In each of them nothing is counted twice.
 */
export function scenariosOf({ runners }: Network): readonly Scenario[] {
  const places = new Set<string>()
  const perChannel = Map.groupBy(runners, ({ agent, channel }) => `${agent}.${channel}`)
  for (const beside of perChannel.values()) {
    const sinks = beside.flatMap((runner) => runner.sinks)
    if (sinks.length > 1) for (const sink of sinks) places.add(placeOf(sink))
  }
  return [...places].map((falls) => ({ falls }))
}

/** The runners of a channel that work: with one of them in the place that all falls on, one other is down. */
export function working(runners: readonly RunnerNode[], { falls }: Scenario): readonly RunnerNode[] {
  if (falls === undefined || !runners.some((runner) => holds(runner, falls))) return runners
  const down = runners.find((runner) => !holds(runner, falls))
  return runners.filter((runner) => runner !== down)
}

/**
 * Which part of a runner's events each sink gets, 0 to 1, together 1. In a failover group everything falls on the one
 * sink; in another group one of the others is down.
 */
export function partsOf(runner: RunnerNode, { falls }: Scenario): readonly number[] {
  const { sinks, split } = runner
  const fallsOn = falls === undefined ? -1 : sinks.findIndex((sink) => placeOf(sink) === falls)
  if (split === 'failover') return sinks.map((_, index) => Number(index === Math.max(0, fallsOn)))
  const down = fallsOn < 0 ? -1 : sinks.findIndex((sink) => placeOf(sink) !== falls)
  const up = sinks.length - Number(down >= 0)
  return sinks.map((_, index) => (index === down ? 0 : 1 / up))
}

/**
 * Events a second of a runner whose sinks get these parts. A group delivers its batches one after the other, or so many
 * side by side as all its sinks take: one at a time, two sinks are not faster than one.
 */
export function capacityOf({ sinks, inFlight }: RunnerNode, parts: readonly number[]): number {
  const used = parts.filter((part) => part > 0).length
  const secondsOfAnEvent = sinks.reduce((seconds, sink, index) => {
    const part = parts[index]!
    return part === 0 ? seconds : seconds + part / sink.limit
  }, 0)
  const slowest = Math.min(
    ...sinks.map((sink, index) => (parts[index]! === 0 ? Number.POSITIVE_INFINITY : sink.limit / parts[index]!)),
  )
  return Math.min(Math.min(inFlight, used) / secondsOfAnEvent, slowest)
}

function holds({ sinks }: RunnerNode, place: string): boolean {
  return sinks.some((sink) => placeOf(sink) === place)
}

function placeOf({ id, target }: SinkNode): string {
  return target === undefined ? id : agentOf(target)
}

export function agentOf(id: string): string {
  return id.slice(0, id.indexOf('.'))
}
