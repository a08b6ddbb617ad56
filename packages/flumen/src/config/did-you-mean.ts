/**
 * The candidate that a mistyped word most likely means, or undefined where none is near. Spellings that differ in
 * case or in `-`, `_`, `.` and blanks only come first, then the smallest Damerau-Levenshtein distance (a third of the
 * word, at most 3 edits); a common beginning decides between equals, and a word that was cut short finds its whole.
 * Looks at 10,000 candidates and at words of up to 100 characters only.
 */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = fold(word)
  if (wanted === '' || wanted.length > maximumLength) return undefined
  const limit = Math.min(3, Math.max(1, Math.floor(wanted.length / 3)))
  let best: { candidate: string; score: number } | undefined
  let seen = 0
  for (const candidate of candidates) {
    if (++seen > maximumCandidates) break
    if (candidate === word || candidate.length > maximumLength) continue
    const score = scoreOf(wanted, fold(candidate), limit)
    if (score < (best?.score ?? Number.POSITIVE_INFINITY)) best = { candidate, score }
  }
  return best?.candidate
}

const maximumLength = 100
const maximumCandidates = 10_000

function fold(word: string): string {
  return word.toLowerCase().replace(/[-_.\s]/g, '')
}

/** Smaller is nearer; infinite where the two have nothing to do with each other. */
function scoreOf(wanted: string, candidate: string, limit: number): number {
  if (wanted === candidate) return 0
  if (candidate === '') return Number.POSITIVE_INFINITY
  const bonus = Math.min(commonPrefix(wanted, candidate), 9) / 100
  const distance = editDistance(wanted, candidate, limit)
  if (distance <= limit && distance < Math.max(wanted.length, candidate.length)) return distance - bonus
  const shorter = Math.min(wanted.length, candidate.length)
  const isCutShort = shorter >= 3 && (candidate.startsWith(wanted) || wanted.startsWith(candidate))
  return isCutShort ? limit + Math.abs(wanted.length - candidate.length) / maximumLength : Number.POSITIVE_INFINITY
}

function commonPrefix(left: string, right: string): number {
  let length = 0
  while (length < left.length && left[length] === right[length]) length++
  return length
}

/** Edits (insert, delete, replace, swap of neighbours) between two words; anything above the limit is `limit + 1`. */
function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) > limit) return limit + 1
  let beforeLast: number[] = []
  let last = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column <= right.length; column++) {
      const replaced = last[column - 1]! + (left[row - 1] === right[column - 1] ? 0 : 1)
      let edits = Math.min(last[column]! + 1, current[column - 1]! + 1, replaced)
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      if (swapped) edits = Math.min(edits, beforeLast[column - 2]! + 1)
      current.push(edits)
    }
    if (Math.min(...current) > limit && Math.min(...last) > limit) return limit + 1
    beforeLast = last
    last = current
  }
  return Math.min(last[right.length]!, limit + 1)
}
