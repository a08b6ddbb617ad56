import { type ContainerFormat, readContainerLine } from '../../protocols/container-log/container-line.ts'
import { beginsEvent, endsEvent, type LineJoining } from './joining.ts'

/**
 * Joins what a container's runtime has cut: an event ends with the line that leaves no stream in the middle of a line.
 * Lines are looked at with those before them in their event only, so it does not matter where one begins to look.
 */
export function containerJoining(format: ContainerFormat, maxLines: number): LineJoining {
  return {
    maxLines,
    marksOf(lines) {
      const marks = new Uint8Array(lines.length)
      const begun = new Set<string>()
      for (const [index, line] of lines.entries()) {
        const bytes = Buffer.from(line)
        const found = readContainerLine(bytes, 0, bytes.length, format)
        if (!found) {
          begun.clear()
          marks[index] = beginsEvent | endsEvent
          continue
        }
        if (found.isPartial) begun.add(found.stream)
        else begun.delete(found.stream)
        marks[index] = begun.size === 0 ? endsEvent : 0
      }
      return marks
    },
  }
}
