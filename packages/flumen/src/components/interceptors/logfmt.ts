import { defineInterceptor, field } from '../../component/kit.ts'
import { PairScanner } from './pair-scanner.ts'
import { checkParsing, configuredTime, parsingFields, timeFieldFields } from './parsing-fields.ts'
import { ParsingInterceptor } from './parsing-interceptor.ts'
import { configuredTimeHeader, parsedOutputs } from './parsing-outputs.ts'

export default defineInterceptor({
  type: 'logfmt',
  summary: 'Sets headers to the pairs of a logfmt line.',
  description:
    'A line of logfmt: `level=info msg="it is done" took=12ms`. White space stands between pairs; a value in double ' +
    'quotes may hold some, and the escapes of JSON. `key=` is an empty value. Of two pairs with one key the last ' +
    'counts. A line without any pair does not parse, nor does a value without a key, a quote that is not closed, or ' +
    'text right behind a closing quote.',
  fields: {
    bareKeys: field.enum({
      values: ['true', 'ignore', 'fail'],
      default: 'true',
      doc: 'A word without a value: it sets its header to true, it is ignored, or the line does not parse.',
    }),
    ...parsingFields,
    ...timeFieldFields,
  },
  examples: [
    'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = logfmt\n' +
      'a1.sources.r1.interceptors.i1.timestampField = ts\na1.sources.r1.interceptors.i1.prefix = app.',
  ],
  check: (options, section) => checkParsing(options, section),
  outputs: (options) => parsedOutputs(options, configuredTimeHeader(options)),
  create: (options, { clock }) =>
    new ParsingInterceptor({
      type: 'logfmt',
      options,
      time: configuredTime(options, () => clock.now()),
      makeParser: () =>
        new PairScanner({
          keySeparator: '=',
          pairSeparator: undefined,
          quotes: '"',
          bareKeys: options.bareKeys,
          escapes: 'json',
        }),
    }),
})
