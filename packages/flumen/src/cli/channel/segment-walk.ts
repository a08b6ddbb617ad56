import { setTimeout as sleep } from 'node:timers/promises'
import { type Scanned, SegmentScanner } from '../../storage/segment-scanner.ts'
import { firstRecordOffset, type Segment } from '../../storage/segments.ts'
import { systemFiles } from '../../storage/system-files.ts'
import { headAt } from './segment-heads.ts'

const mostLooks = 5
const betweenLooksMs = 40
/** Records between two turns of the event loop. */
const stride = 256

/**
 * The records and holes of a segment, up to its end. An agent may write it meanwhile: bytes that are no record are
 * looked at again before they count, and where the file has gone under its name (it is delivered, its space is used
 * again) the walk ends without a word.
 */
export async function* walkSegment(segment: Segment): AsyncGenerator<Scanned> {
  const file = openIfThere(segment.path)
  if (!file) return
  try {
    let scanner = new SegmentScanner(file, segment.salt, firstRecordOffset)
    let looks = 1
    for (let steps = 1; ; steps++) {
      const from = scanner.offset
      const item = scanner.next()
      const isBad = item.kind === 'hole' || (item.kind === 'end' && !item.isClean)
      if (isBad && !isThere(segment)) return
      if (isBad && looks < mostLooks) {
        looks++
        await sleep(betweenLooksMs)
        scanner = new SegmentScanner(file, segment.salt, from)
        continue
      }
      looks = 1
      yield item
      if (item.kind === 'end') return
      if (steps % stride === 0) await new Promise(setImmediate)
    }
  } finally {
    file.close()
  }
}

/** No file ever gets the name of another segment. A head that is damaged does not say that it is gone. */
function isThere({ path, id, channelId }: Segment): boolean {
  const file = openIfThere(path)
  file?.close()
  if (!file) return false
  const head = headAt(systemFiles, path)?.header
  return !head || (head.id === id && Buffer.compare(head.channelId, channelId) === 0)
}

function openIfThere(path: string): ReturnType<typeof systemFiles.open> | undefined {
  try {
    return systemFiles.open(path, 'read')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
