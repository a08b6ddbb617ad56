/** How candidates are compared with a word: {@link didYouMean}, perhaps within a budget. */
export type Near = (word: string, candidates: readonly string[]) => string | undefined

/** Whether a key is one of a pattern: `header.*` is any key below `header`, `s.*.name` has any name in the middle. */
export function isOfPattern(key: string, pattern: string): boolean {
  return mismatches(key.split('.'), pattern.split('.'))?.length === 0
}

/**
 * The key that a misspelt one means, going by patterns: one that differs in one segment only, whose other segments stay
 * as they are (`heder.web` means `header.web`), or else the only one that ends alike (`serializer` means
 * `sink.serializer`).
 */
export function nearestKey(key: string, patterns: readonly string[], near: Near): string | undefined {
  const segments = key.split('.')
  const wantedAt = new Map<number, string[]>()
  const alike = new Set<string>()
  for (const pattern of patterns) {
    const parts = pattern.split('.')
    const differing = mismatches(segments, parts)
    if (parts.at(-1) === segments.at(-1) && !parts.includes('*')) alike.add(pattern)
    if (differing?.length !== 1) continue
    const [index] = differing as [number]
    wantedAt.set(index, [...(wantedAt.get(index) ?? []), parts[index]!])
  }
  for (const [index, wanted] of wantedAt) {
    const meant = near(segments[index]!, wanted)
    if (meant !== undefined) return segments.with(index, meant).join('.')
  }
  return alike.size === 1 ? [...alike][0] : undefined
}

/** Indexes of the segments that differ; `undefined`: they cannot be laid beside each other. */
function mismatches(segments: readonly string[], pattern: readonly string[]): readonly number[] | undefined {
  const open = pattern.at(-1) === '*'
  if (open ? segments.length < pattern.length : segments.length !== pattern.length) return undefined
  const differing: number[] = []
  for (const [index, part] of pattern.entries()) if (part !== '*' && part !== segments[index]) differing.push(index)
  return differing
}
