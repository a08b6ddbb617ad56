import { defineInterceptor, field } from '../../component/kit.ts'
import { AccessLogParser, accessLogFields, accessLogFormats } from './access-log-parser.ts'
import { checkParsing, ownTime, ownTimeFields, parsingFields } from './parsing-fields.ts'
import { ParsingInterceptor } from './parsing-interceptor.ts'
import { ownTimeHeader, parsedOutputs } from './parsing-outputs.ts'

export default defineInterceptor({
  type: 'access_log',
  summary: "Sets headers to the fields of a line of Apache's or nginx's access log.",
  description:
    `The fields: ${accessLogFields.join(', ')}, and those of moreFields. \`-\` sets nothing. A request that is not ` +
    '"method target protocol" (a scanner, TLS on a plain port) is `request` as a whole. Escapes are undone: `\\"`, ' +
    '`\\x41`; bytes count as UTF-8. Lines with a virtual host begin with it: `www.example.com:443 203.0.113.7 - - […`. ' +
    'What stands behind the last named field is left out.',
  fields: {
    format: field.enum({
      values: accessLogFormats,
      default: 'auto',
      doc: 'What the lines hold; auto sees of each line whether it is combined, and whether it begins with a virtual host.',
    }),
    moreFields: field.list({
      default: [],
      doc: 'Names of fields behind those of the format, in quotes or not: requestTime forwardedFor.',
    }),
    ...parsingFields,
    ...ownTimeFields,
  },
  examples: [
    'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = access_log',
    'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = access_log\n' +
      'a1.sources.r1.interceptors.i1.format = combined\na1.sources.r1.interceptors.i1.moreFields = requestTime\n' +
      'a1.sources.r1.interceptors.i1.prefix = web.\na1.sources.r1.interceptors.i1.onFailure = reject',
  ],
  check: (options, section) => checkParsing(options, section, [...accessLogFields, ...(options.moreFields ?? [])]),
  outputs: (options) =>
    parsedOutputs(options, ownTimeHeader(options), [...accessLogFields, ...options.moreFields], true),
  create: (options, { clock }) =>
    new ParsingInterceptor({
      type: 'access_log',
      options,
      time: ownTime('time', 'auto', options, () => clock.now()),
      makeParser: () => new AccessLogParser(options.format, options.moreFields),
    }),
})
