export function textIn(slab: Buffer, start: number, end: number): string {
  return Buffer.prototype.utf8Slice.call(slab, start, end)
}

/** Whether the same bytes stand at two places. */
export function isSameIn(slab: Buffer, start: number, end: number, otherStart: number, otherEnd: number): boolean {
  const length = end - start
  if (length !== otherEnd - otherStart) return false
  for (let index = 0; index < length; index++) if (slab[start + index] !== slab[otherStart + index]) return false
  return true
}
