/** A CPU profile as Node.js writes it, as far as it is read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
    readonly children?: readonly number[]
  }[]
  readonly samples: readonly number[]
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[]
}

/** What a thread did, by the names of its functions. */
export interface Step {
  readonly name: string
  readonly functions: RegExp
}

export const otherStep = 'all else'

/**
 * The share of each step of a thread's time; of each sample the innermost function that belongs to a step counts. What
 * belongs to none is `all else`.
 */
export function sharesOf(profile: CpuProfile, steps: readonly Step[]): ReadonlyMap<string, number> {
  const stepOf = stepsByNode(profile, steps)
  const times = new Map<string, number>([...steps.map(({ name }) => [name, 0] as const), [otherStep, 0]])
  let total = 0
  for (const [at, id] of profile.samples.entries()) {
    // A sample stands for the time until the next one.
    const time = Math.max(0, profile.timeDeltas[at + 1] ?? 0)
    const step = stepOf.get(id) ?? otherStep
    times.set(step, times.get(step)! + time)
    total += time
  }
  return new Map([...times].map(([step, time]) => [step, total === 0 ? 0 : time / total]))
}

/** Whether any of its functions is of a file whose URL ends so. */
export function runs(profile: CpuProfile, file: string): boolean {
  return profile.nodes.some(({ callFrame }) => callFrame.url.endsWith(file))
}

function stepsByNode({ nodes }: CpuProfile, steps: readonly Step[]): ReadonlyMap<number, string> {
  const found = new Map<number, string>()
  // Callers stand before what they call.
  for (const { id, callFrame, children } of nodes) {
    const own = steps.find(({ functions }) => functions.test(callFrame.functionName))?.name ?? found.get(id)
    if (own === undefined) continue
    found.set(id, own)
    for (const child of children ?? []) found.set(child, own)
  }
  return found
}
