import { helpOption } from '../agent-options.ts'
import type { Command } from '../command.ts'
import { defaultAddress } from '../top/target.ts'

export const topCommand: Command = {
  name: 'top',
  summary: 'Shows live how events move through a running agent.',
  usage: ['[HOST:PORT] [--interval SECONDS] [--once] [--json]'],
  description: [
    'What enters and leaves each source, channel and sink, when a channel will be full or empty, what fails and why. ' +
      'Keys: q quits, p pauses, s sorts, ? explains.',
    'Not on a terminal: plain text, a block a refresh. Ends with 0, or with 1 when no agent answers at the start.',
  ],
  options: [
    { name: 'url', value: 'URL', doc: `Where the agent is asked, instead of HOST:PORT (default ${defaultAddress}).` },
    { name: 'interval', short: 'i', value: 'SECONDS', doc: 'Between two readings: 1, at least 0.2.' },
    { name: 'once', doc: 'Prints one reading and ends.' },
    { name: 'json', doc: 'Prints JSON for scripts: an object a line.' },
    helpOption,
  ],
  words: 'HOST:PORT',
  examples: [
    { line: 'flumen top', doc: 'The agent of this host.' },
    { line: 'flumen top collector-3:41414 --interval=5', doc: 'Another one, every five seconds.' },
    {
      line: "flumen top --once --json | jq -r '.channels[] | select(.fill > 0.8) | .name'",
      doc: 'Channels that are nearly full.',
    },
  ],
  run: async (context) => (await import('../top/run-top.ts')).runTop(context),
}
