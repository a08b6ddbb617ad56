import { helpOption, property } from '../agent-options.ts'
import type { Command } from '../command.ts'

export const planCommand: Command = {
  name: 'plan',
  summary: 'Says from configurations and rates what each tier carries and how long channels last.',
  usage: ['-f FILE … --rate SOURCE=RATE … [OPTION …]'],
  description: [
    'Runs nothing. Agents of several files are joined where a sink sends to the address of a source. Names are ' +
      'AGENT.COMPONENT; the agent may be left out where only one thing has the name. Rates and limits are of one ' +
      'instance of an agent.',
    'Ends with 0, or with 2 when something is missing or wrong.',
  ],
  options: [
    {
      name: 'conf-file',
      short: 'f',
      value: 'FILE',
      repeatable: true,
      doc: 'A configuration of its own. FILE,FILE is one of several files; NAME=FILE gives its agent another name.',
    },
    { name: 'agent', short: 'n', value: 'NAME', repeatable: true, doc: 'Only this agent; may be given again.' },
    {
      name: 'rate',
      value: 'SOURCE=RATE',
      repeatable: true,
      doc: 'Events that come from outside: 5000/s, 5k/s, 300k/m, 1M/h, 1M/d; with the bytes of an event 5000/sx300 (500 otherwise).',
    },
    {
      name: 'limit',
      value: 'NAME=LIMIT',
      repeatable: true,
      doc: 'What a sink or a source can do: 2000/s; of a sink also how long it takes for a batch: 20ms.',
    },
    {
      name: 'share',
      value: 'SOURCE=SHARES',
      repeatable: true,
      doc: 'What each channel of the source gets: c1:80%,c2:20%. Otherwise multiplexing may send all to each.',
    },
    { name: 'count', value: 'AGENT=N', repeatable: true, doc: 'So many machines run this agent.' },
    {
      name: 'host',
      value: 'AGENT=HOST',
      repeatable: true,
      doc: 'A name or address that sinks use for the agent, where it is not its own name or the one it listens on.',
    },
    {
      name: 'disk',
      value: 'CHANNEL=SIZE',
      repeatable: true,
      doc: 'What is free on the disk of a file channel: 100GiB. Otherwise this machine is asked, if the directories are here.',
    },
    { name: 'outage', value: 'TIME', doc: 'Also says what sinks that were down for so long leave behind: 1h.' },
    { name: 'lenient', doc: 'What is misspelt or does not fit is left out, as Flume does.' },
    { name: 'json', doc: 'Prints one object for programs.' },
    property,
    helpOption,
  ],
  words: 'FILE',
  examples: [
    { line: 'flumen plan -f flume.conf --rate r1=100/s --limit k1=50/s', doc: 'What accumulates in one agent.' },
    {
      line: 'flumen plan -f edge.conf -f collector.conf --count edge=50 --rate edge.logs=200/sx300 --outage 1h',
      doc: 'Two tiers, and an hour without the store.',
    },
  ],
  run: async (context) => (await import('../plan/run-plan.ts')).runPlan(context),
}
