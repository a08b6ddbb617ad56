import type { SegmentScanner } from './segment-scanner.ts'
import { firstRecordOffset } from './segments.ts'

/** Reading this much one after the other is as fast as looking where to begin. */
const nearEnough = 4 << 20

/**
 * Brings a scanner near before the record with a position, by halves: records are in the order of their positions, and
 * one is found from anywhere.
 */
export function seekBefore(scanner: SegmentScanner, position: number): void {
  let low = firstRecordOffset
  let high = scanner.limit
  while (high - low > nearEnough) {
    const middle = Math.floor((low + high) / 16) * 8
    scanner.seek(middle)
    let item = scanner.next()
    while (item.kind === 'hole') item = scanner.next()
    if (item.kind === 'record' && item.header.position <= position && item.offset < high) low = item.offset
    else high = middle
  }
  scanner.seek(low)
}
