const leastTable = 16
const load = 0.75

/**
 * The order in which a java.util.HashMap walks keys that were put in this order: by bucket, and within a bucket in the
 * order of arrival. The table begins with 16 buckets and doubles beyond a load of 0.75. A bucket of eight and more keys
 * with one hash, which Java makes a tree, keeps the order of arrival here.
 */
export function javaHashMapOrder(names: readonly string[]): readonly string[] {
  if (names.length < 2) return names
  let table = leastTable
  while (names.length > table * load) table *= 2
  const mask = table - 1
  const buckets = names.map((name, index) => ({ name, index, bucket: spread(javaHashCode(name)) & mask }))
  buckets.sort((one, other) => one.bucket - other.bucket || one.index - other.index)
  return buckets.map(({ name }) => name)
}

/** String.hashCode: of UTF-16 code units, 32 bits. */
export function javaHashCode(text: string): number {
  let hash = 0
  for (let index = 0; index < text.length; index++) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0
  return hash
}

/** HashMap folds the high bits into the low ones. */
function spread(hash: number): number {
  return hash ^ (hash >>> 16)
}
