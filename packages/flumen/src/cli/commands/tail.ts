import { configurationOptions, helpOption, property } from '../agent-options.ts'
import type { Command } from '../command.ts'

export const tailCommand: Command = {
  name: 'tail',
  summary: 'Says how far the files of a TAILDIR source are stored.',
  usage: ['verify --position-file FILE [LOG …] [--json]', 'verify -f CONF [-n AGENT] [--source NAME] [LOG …] [--json]'],
  description: [
    'Without LOG: all files that have a position, and with -f all files of the groups. Each is known by device, inode ' +
      'and content, so one that was renamed is found, one that was packed with gzip or zstd too, and one that was replaced ' +
      'is told. Reads only, and works while the agent runs; Flume’s position file will do as well.',
    'Ends with 0 where all is stored; with 1 where something is unread, replaced or gone.',
  ],
  options: [
    { name: 'position-file', value: 'FILE', doc: 'The position file of the source.' },
    { name: 'source', value: 'NAME', doc: 'The source of the configuration, where several are of type TAILDIR.' },
    { name: 'json', doc: 'Prints one JSON object instead of text.' },
    ...configurationOptions.filter(({ name }) => name !== 'lenient'),
    property,
    helpOption,
  ],
  words: 'verify and log files',
  examples: [
    { line: 'flumen tail verify --position-file ~/.flume/taildir_position.json', doc: 'All files with a position.' },
    { line: 'flumen tail verify -f flume.conf --source r1', doc: 'All files of its groups.' },
  ],
  run: async (context) => (await import('../tail/run-tail.ts')).runTail(context),
}
