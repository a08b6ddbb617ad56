import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const mebibyte = 1_048_576

/** Bytes that what is made keeps in memory. */
export function keptBy<T>(make: () => T): readonly [bytes: number, made: T] {
  collect()
  const before = process.memoryUsage()
  const made = make()
  collect()
  const after = process.memoryUsage()
  return [after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers, made]
}

/** The bound on what a request of so many bytes may take. */
export function mostFor(bytes: number): number {
  return 4 * bytes + mebibyte
}
