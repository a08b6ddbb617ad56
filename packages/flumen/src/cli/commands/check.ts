import { conf, configurationOptions, helpOption, property } from '../agent-options.ts'
import type { Command } from '../command.ts'

export const checkCommand: Command = {
  name: 'check',
  summary: 'Checks a configuration without running it.',
  usage: ['FILE … [-n NAME] [--json]'],
  description: [
    'Prints a line a finding on standard output, FILE:LINE:COLUMN: KEY: what is wrong; how to mend it. Warnings and ' +
      'notes say so before the key. Nothing found: nothing printed. Several files are one configuration, as with agent.',
    'Ends with 2 when there is an error, else with 0.',
  ],
  options: [
    ...configurationOptions,
    { name: 'json', doc: 'Prints an array of {severity, file, line, column, key, message, fix} instead.' },
    conf,
    property,
    helpOption,
  ],
  words: 'FILE',
  examples: [
    { line: 'flumen check flume.conf', doc: 'Every agent of a file.' },
    { line: "flumen check --json flume.conf | jq -r '.[].message'", doc: 'For machines.' },
  ],
  run: async (context) => (await import('../check-configuration.ts')).checkConfiguration(context),
}
