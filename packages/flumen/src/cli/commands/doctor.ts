import { helpOption } from '../agent-options.ts'
import type { Command } from '../command.ts'

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'Examines the disk that a durable channel is to use.',
  usage: ['[DIR] [--json]'],
  description: [
    'DIR is a directory on that disk, the current one unless said. The file system, its room, locks, how long syncs take ' +
      'and whether they can be true, what the disk carries; and a log that is killed in the middle of writing and has to ' +
      'have all that it acknowledged. It writes up to 200 MB into a folder of its own there, which it removes, and takes ' +
      'about ten seconds.',
    'Ends with 0, or with 1 where events would not be safe.',
  ],
  options: [{ name: 'json', doc: 'Prints one JSON object instead of text.' }, helpOption],
  words: 'DIR',
  examples: [{ line: 'flumen doctor /var/lib/flumen', doc: 'The disk of this directory.' }],
  run: async (context) => (await import('../doctor/run-doctor.ts')).runDoctor(context),
}
