import { isUnpackingError } from '../../../protocols/archives.ts'
import type { TailedFile } from './tailed-file.ts'

/**
 * Whether an open file holds the content that was followed; without fingerprints nobody can tell: false.
 * @throws where it cannot be read
 */
export async function isSameContent(file: TailedFile): Promise<boolean> {
  const { descriptor, place } = file
  if (descriptor === undefined || place.head.length === 0) return false
  try {
    return (await file.hasHead(descriptor)) && (await file.bytesBefore()) !== undefined
  } catch (error) {
    if (!isUnpackingError(error)) throw error
    // An archive is stored once it is whole.
    file.repack()
    return false
  }
}

/** Whether what a file's name leads to now holds the content of its place; where it cannot be looked at: true. */
export async function holdsItsPlace(file: TailedFile): Promise<boolean> {
  const wasOpen = file.descriptor !== undefined
  try {
    return !(await file.open(file.path)) || (await isSameContent(file))
  } catch {
    // Reading tries again and says why.
    return true
  } finally {
    if (!wasOpen) await file.close()
  }
}
