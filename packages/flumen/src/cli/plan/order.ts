import type { Network } from './network.ts'

/** Events would go round for ever. */
export class CircleError extends Error {
  /** Ids of the sources on the way, the first again at the end. */
  readonly sources: readonly string[]

  constructor(sources: readonly string[]) {
    super(`events go round for ever: ${sources.join(' -> ')}`)
    this.name = 'CircleError'
    this.sources = sources
  }
}

/** The sources so that each comes after all whose events reach it. @throws CircleError */
export function inFlowOrder(network: Network): readonly string[] {
  const next = targetsOf(network)
  const done = new Set<string>()
  const order: string[] = []
  for (const { id } of network.sources) {
    // Depth first, without recursion: a chain may have any length.
    const way: { readonly id: string; readonly rest: string[] }[] = []
    const onWay = new Set<string>()
    const enter = (source: string): void => {
      if (onWay.has(source)) {
        const at = way.findIndex((step) => step.id === source)
        throw new CircleError([...way.slice(at).map((step) => step.id), source])
      }
      if (done.has(source)) return
      onWay.add(source)
      way.push({ id: source, rest: [...(next.get(source) ?? [])] })
    }
    enter(id)
    for (let step = way.at(-1); step; step = way.at(-1)) {
      const target = step.rest.pop()
      if (target !== undefined) enter(target)
      else {
        done.add(step.id)
        order.push(step.id)
        onWay.delete(step.id)
        way.pop()
      }
    }
  }
  return order.reverse()
}

/** The sources that events of each source reach next. */
function targetsOf({ sources, runners }: Network): ReadonlyMap<string, ReadonlySet<string>> {
  const ofChannel = Map.groupBy(runners, ({ channel }) => channel)
  return new Map(
    sources.map(({ id, routes }) => {
      const sinks = routes.flatMap(({ channel }) => (ofChannel.get(channel) ?? []).flatMap((runner) => runner.sinks))
      return [id, new Set(sinks.flatMap(({ target }) => target ?? []))]
    }),
  )
}
