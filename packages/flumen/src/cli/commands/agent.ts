import { agentOptions } from '../agent-options.ts'
import type { Command } from '../command.ts'

export const agentCommand: Command = {
  name: 'agent',
  summary: 'Runs an agent until it is stopped.',
  usage: ['-n NAME -f FILE [OPTION …]', 'FILE [OPTION …]'],
  description: [
    'The log goes to standard error, standard output belongs to data. SIGTERM or Ctrl-C stops in order: sources first, ' +
      'then the sinks deliver what the channels hold; another one, half a second later or more, stops at once.',
    'Ends with 0 after a clean stop, 1 when the agent failed or left events in a channel that does not survive it, 2 for ' +
      'wrong usage or configuration.',
  ],
  options: agentOptions,
  words: 'FILE',
  examples: [
    { line: 'flumen agent -n a1 -f flume.conf', doc: 'Runs a1 of a configuration of Flume.' },
    { line: 'flumen agent flume.yaml --log-format=json', doc: 'The only agent of a file, with a log for machines.' },
    {
      line: 'flumen agent -n a1 -f base.conf -f site.conf -Dport=44444',
      doc: `Two files, and a value for \${sys:port}.`,
    },
  ],
  run: async (context) => (await import('../start-agent.ts')).startAgent(context),
}
