import { field } from '../../component/kit.ts'
import type { ContainerFormat } from '../../protocols/container-log/container-line.ts'
import type { JavaRegex } from '../../text/java-regex.ts'
import { containerJoining } from './container-joining.ts'
import { beginsEvent, endsEvent, type LineJoining } from './joining.ts'

/** Keys of a source whose lines may belong together, such as those of a stack trace. */
export const multilineFields = {
  'multiline.mode': field.enum({
    values: ['patterns', 'cri', 'docker'],
    default: 'patterns',
    doc: 'patterns: as the patterns say, if there are any; cri, docker: joins what the runtime of a container has cut.',
  }),
  'multiline.startPattern': field.regex({ doc: 'A line in which this is found begins an event.' }),
  'multiline.continuePattern': field.regex({
    doc: 'A line in which this is found belongs to the event before it, any other begins one.',
  }),
  'multiline.endPattern': field.regex({ doc: 'A line in which this is found is the last one of its event.' }),
  'multiline.timeout': field.duration({
    default: 5000,
    unit: 'ms',
    min: 0,
    doc: 'An event that may get more lines waits so long for one.',
  }),
  'multiline.maxLines': field.int({
    default: 500,
    min: 1,
    doc: 'Most lines of an event; the next one begins another.',
  }),
}

export interface MultilineOptions {
  readonly 'multiline.mode'?: 'patterns' | ContainerFormat
  readonly 'multiline.startPattern': JavaRegex | undefined
  readonly 'multiline.continuePattern': JavaRegex | undefined
  readonly 'multiline.endPattern': JavaRegex | undefined
  /** Ms. */
  readonly 'multiline.timeout': number
  readonly 'multiline.maxLines': number
}

/** Undefined: each line is an event. A line on which a pattern would work too long is one that does not match. */
export function multilineJoining(options: MultilineOptions): LineJoining | undefined {
  const mode = options['multiline.mode'] ?? 'patterns'
  if (mode !== 'patterns') return containerJoining(mode, options['multiline.maxLines'])
  const start = options['multiline.startPattern']
  const goesOn = options['multiline.continuePattern']
  const end = options['multiline.endPattern']
  if (!start && !goesOn && !end) return undefined
  return {
    maxLines: options['multiline.maxLines'],
    marksOf(lines) {
      const starts = start?.testEach(lines)
      const continues = goesOn?.testEach(lines)
      const ends = end?.testEach(lines)
      const marks = new Uint8Array(lines.length)
      for (let line = 0; line < marks.length; line++) {
        const begins = starts?.[line] === true || (continues !== undefined && continues[line] !== true)
        marks[line] = (begins ? beginsEvent : 0) | (ends?.[line] === true ? endsEvent : 0)
      }
      return marks
    },
  }
}
