import { defineInterceptor, field } from '../../component/kit.ts'
import { ErrorLogParser, errorLogFields, errorLogFormats } from './error-log-parser.ts'
import { checkParsing, ownTime, ownTimeFields, parsingFields } from './parsing-fields.ts'
import { ParsingInterceptor } from './parsing-interceptor.ts'
import { ownTimeHeader, parsedOutputs } from './parsing-outputs.ts'

export default defineInterceptor({
  type: 'error_log',
  summary: "Sets headers to the fields of a line of Apache's or nginx's error log.",
  description:
    `The fields: ${errorLogFields.join(', ')}. Apache writes a module (since 2.4), a code (AH00035) and a port of the ` +
    'client; nginx a connection, and what the request was. The times have no zone: they are in `timestampZone`. ' +
    'nginx does not escape what a client sent, so a client can write a line that looks as if it had other fields than ' +
    'it has: do not decide by them who somebody is.',
  fields: {
    format: field.enum({
      values: errorLogFormats,
      default: 'auto',
      doc: 'Which server writes the lines; auto sees it of each line.',
    }),
    ...parsingFields,
    ...ownTimeFields,
  },
  examples: [
    'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = error_log\n' +
      'a1.sources.r1.interceptors.i1.timestampZone = Europe/Berlin',
  ],
  check: (options, section) => checkParsing(options, section, errorLogFields),
  outputs: (options) => parsedOutputs(options, ownTimeHeader(options), errorLogFields, true),
  create: (options, { clock }) =>
    new ParsingInterceptor({
      type: 'error_log',
      options,
      time: ownTime('time', 'error_log', options, () => clock.now()),
      makeParser: () => new ErrorLogParser(options.format),
    }),
})
