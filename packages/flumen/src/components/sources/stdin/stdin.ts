import { defineSource, field } from '../../../component/kit.ts'
import { StdinSource } from './stdin-source.ts'

export default defineSource({
  type: 'stdin',
  summary: 'Takes each line of standard input as an event.',
  description:
    'A line ends with `\\n`; a `\\r` before it stays in the event, and the last line needs no end. Bodies are the bytes ' +
    'as they came. While the channel takes nothing the input is not read. At the end of the input the source has ' +
    'ended: an agent without other sources delivers what it has and stops.',
  fields: {
    maxLineLength: field.size({
      default: 1_048_576,
      min: 4,
      doc: 'Longest line in bytes; a longer one is cut into several events.',
    }),
  },
  metrics: [
    {
      name: 'linesLost',
      kind: 'counter',
      isLoss: true,
      doc: 'Lines that were read and could not be stored before the stop.',
    },
  ],
  examples: ['a1.sources.r1.type = stdin', 'a1.sources.r1.type = stdin\na1.sources.r1.maxLineLength = 64KiB'],
  mayLose: () => 'lines that were read and are not stored yet are lost at a crash; standard input is read only once',
  create: ({ maxLineLength }, context) => new StdinSource(maxLineLength, context, () => process.stdin),
})
