import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type CollectGarbage = (options: { readonly type: 'minor'; readonly execution: 'sync' }) => void

/** Bytes of bodies after which what is young is collected. V8 itself collects all at 64 MiB. */
const everyBytes = 8 * 1024 * 1024

/** A young generation of so many bytes is large enough for what is young here. */
const enoughBytes = 4 * 1024 * 1024

/** About so many bytes of what was old and is dead may wait for a full collection. */
const waitingBytes = 64 * 1024 * 1024

let collect: CollectGarbage | undefined
let arrived = 0
/** The process is an agent's alone: V8 is told how seldom it may collect all. */
let isOwn = false

/**
 * Bodies lie outside of V8's heap, and their memory is free when the collector has seen that nobody has them. V8 looks
 * at new objects when its young generation is full of objects, which batches hardly fill, so it finds megabytes of dead
 * bodies only by a full collection. Collecting the young generation in good time costs a tenth of that
 * (docs/decisions/006).
 */
export function bodiesArrived(bytes: number): void {
  arrived += bytes
  if (arrived < everyBytes) return
  arrived = 0
  if (isOwn) letOldWait()
  collect ??= collector()
  collect({ type: 'minor', execution: 'sync' })
}

/**
 * For a process that does nothing but run an agent. What waits in a channel, and what each connection needs, makes V8
 * enlarge its young generation up to 64 MiB, which stays so, although it is old soon. And what is old while it waits is
 * free after a full collection only, which V8 does each 8 MiB while little is alive: a third of the agent's time.
 */
export function tuneMemory(): void {
  isOwn = true
  const observer = new PerformanceObserver(() => {
    if (keepSmall()) observer.disconnect()
  })
  observer.observe({ entryTypes: ['gc'] })
}

/**
 * V8 collects all when what was made since the last time, bodies too, is more than a share of the objects that live,
 * without bodies. Here it is about the same bytes always.
 */
function letOldWait(): void {
  const percent = Math.ceil((waitingBytes * 100) / getHeapStatistics().used_heap_size)
  setFlagsFromString(`--heap-growing-percent=${percent}`)
}

/**
 * V8 enlarges it after a collection that found much alive. Its size can be told at run time only by how it grows, from
 * then on.
 * @returns whether it is large enough, and stays so
 */
function keepSmall(): boolean {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
  if (young === undefined || young.space_size < enoughBytes) return false
  setFlagsFromString('--semi-space-growth-factor=1')
  return true
}

function collector(): CollectGarbage {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as CollectGarbage
}
