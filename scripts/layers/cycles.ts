/** Cycles of a small graph, one for each group of nodes that reach each other: `['a', 'b', 'a']`. */
export function cyclesOf(graph: ReadonlyMap<string, ReadonlySet<string>>): readonly (readonly string[])[] {
  const cycles: (readonly string[])[] = []
  const reported = new Set<string>()
  for (const start of graph.keys()) {
    if (reported.has(start)) continue
    const cycle = pathBack(graph, start)
    if (!cycle) continue
    cycles.push(cycle)
    for (const node of cycle) reported.add(node)
  }
  return cycles
}

/** The shortest way from a node back to itself. */
function pathBack(graph: ReadonlyMap<string, ReadonlySet<string>>, start: string): readonly string[] | undefined {
  const seen = new Set<string>()
  let paths: readonly (readonly string[])[] = [[start]]
  while (paths.length > 0) {
    const longer: (readonly string[])[] = []
    for (const path of paths) {
      for (const next of graph.get(path.at(-1)!) ?? []) {
        if (next === start) return [...path, next]
        if (seen.has(next)) continue
        seen.add(next)
        longer.push([...path, next])
      }
    }
    paths = longer
  }
  return undefined
}
