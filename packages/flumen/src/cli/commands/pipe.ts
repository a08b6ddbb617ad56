import { helpOption, logOptions, property } from '../agent-options.ts'
import type { Command } from '../command.ts'

export const pipeCommand: Command = {
  name: 'pipe',
  summary: 'Runs a pipeline that is written on the command line.',
  usage: ['[OPTION …] SOURCE [KEY=VALUE …] ! [INTERCEPTOR … !] [CHANNEL … !] SINK [KEY=VALUE …]'],
  description: [
    'Stages are joined by !, a word of its own, or the whole is one quoted text. The keys are those of a configuration. ' +
      'The channel may be left out: it is memory for 10,000 events. A source listens on localhost unless bind is given.',
    'Ends with 0 when the source has come to its end and all is delivered, or when nobody reads the output any more.',
  ],
  options: [
    { name: 'verbose', short: 'v', doc: 'Logs what the agent does, not only warnings.' },
    property,
    ...logOptions,
    helpOption,
  ],
  words: 'STAGES',
  optionsFirst: true,
  examples: [
    { line: 'flumen pipe netcat port=44444 ! logger', doc: 'Shows the lines that come in on a port.' },
    {
      line: "flumen pipe stdin ! static key=team 'value=data platform' ! stdout serializer=header_and_text",
      doc: 'A filter.',
    },
    { line: "flumen pipe 'seq totalEvents=10 ! memory capacity=1000 ! stdout'", doc: 'One quoted text.' },
  ],
  run: async (context) => (await import('../run-pipe.ts')).runPipe(context),
}
