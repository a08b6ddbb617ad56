import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type CollectGarbage = (options: { readonly type: 'minor'; readonly execution: 'sync' }) => void

/** Bytes of bodies after which what is young is collected: 2 to 8 MiB do equally well, 16 and more less. V8 itself collects all at 64 MiB. */
const everyBytes = 4 * 1024 * 1024

let collect: CollectGarbage | undefined
let arrived = 0

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
  collect ??= collector()
  collect({ type: 'minor', execution: 'sync' })
}

function collector(): CollectGarbage {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as CollectGarbage
}
