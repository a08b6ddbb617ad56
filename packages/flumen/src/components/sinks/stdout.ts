import { defineSink, field } from '../../component/kit.ts'
import { OutputSink } from './output-sink.ts'
import { standardOutput } from './standard-output.ts'

export default defineSink({
  type: 'stdout',
  aliases: ['console'],
  summary: 'Writes each event to standard output, as a line.',
  description:
    'Bodies are written byte for byte. The log of the agent goes to standard error, so that a pipe gets events and ' +
    'nothing else. A reader that is slow slows the sink down. A reader that goes away (`… | head -1`) ends the sink ' +
    'with the code `OUTPUT_CLOSED`, on which an agent stops without a complaint.',
  fields: {
    batchSize: field.int({ default: 100, min: 1, doc: 'Most events of one write.' }),
    serializer: field.component('serializer', {
      default: 'text',
      doc: 'How events become bytes: text writes the body and a newline, header_and_text the headers too.',
    }),
  },
  examples: [
    'a1.sinks.k1.type = stdout',
    'a1.sinks.k1.type = console\na1.sinks.k1.batchSize = 1000\na1.sinks.k1.serializer = header_and_text',
  ],
  batchSize: ({ batchSize }) => ({ key: 'batchSize', events: batchSize }),
  create: async ({ batchSize, serializer }, context) =>
    new OutputSink(await serializer.create(context), batchSize, context.clock, standardOutput),
})
