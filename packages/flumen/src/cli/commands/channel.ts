import { channelOptions } from '../channel/channel-options.ts'
import type { Command } from '../command.ts'

export const channelCommand: Command = {
  name: 'channel',
  summary: 'Looks into, checks and mends a file channel; imports that of Apache Flume.',
  usage: [
    'stat DIR … [--json]',
    'verify DIR … [--json]',
    'export DIR … [--to FILE] [--format json|text|avro] [--from POSITION] [--limit N] [--all]',
    'repair DIR … [--dry-run]',
    'import DIR … --from flume --to DIR',
    'ACTION -f FILE [-n AGENT] [--channel NAME]',
  ],
  description: [
    'DIR is a data directory, or the folder that holds the data and checkpoint directories; several are one channel. ' +
      'stat, verify and export read only, and work while the agent runs. repair and import want it stopped.',
    'stat: what is stored and waits. verify: reads every record; damage is named by file, bytes and the events that it ' +
      'costs. export: events as JSON lines. repair: saves damaged bytes in a folder quarantine, then mends. import: the ' +
      'events that a stopped Flume 1.x left in its file channel, each once however often it is run; with -f they go ' +
      'where our channel of that configuration keeps its own.',
    'Ends with 0; with 1 where damage is found or left, or the directory is in use.',
  ],
  options: channelOptions,
  words: 'ACTION and directories',
  examples: [
    { line: 'flumen channel stat ~/.flume/file-channel', doc: 'What waits, and how old it is.' },
    {
      line: 'flumen channel verify -f flume.conf --channel c1',
      doc: 'Every record, with the keys of the configuration.',
    },
    { line: 'flumen channel export /data/c1 --limit 10 | jq -r .body', doc: 'A look at the next events.' },
    { line: 'flumen channel import -f flume.conf --channel c1', doc: 'Before the first start in place of Flume.' },
  ],
  run: async (context) => (await import('../channel/run-channel.ts')).runChannel(context),
}
