import { defineInterceptor, field } from '../../component/kit.ts'
import { PairScanner } from './pair-scanner.ts'
import { checkParsing, configuredTime, parsingFields, timeFieldFields } from './parsing-fields.ts'
import { ParsingInterceptor } from './parsing-interceptor.ts'
import { configuredTimeHeader, parsedOutputs } from './parsing-outputs.ts'
import { separatorText } from './separator-text.ts'

export default defineInterceptor({
  type: 'key_value',
  summary: 'Sets headers to the pairs of keys and values in a text.',
  description:
    'For lines like `IN=eth0 SRC=192.0.2.1` or `user: anna; role: admin`. A key or a value may stand in quotes, with a ' +
    'backslash before a quote or a backslash in it; `key=` is an empty value. Of two pairs with one key the last ' +
    'counts. A text without any pair does not parse, nor does one with a quote that is not closed, or with text right ' +
    'behind a closing quote. In separators `\\s` is a space and `\\t` a tab.',
  fields: {
    keySeparator: field.string({ default: '=', doc: 'Text between a key and its value.' }),
    pairSeparator: field.string({
      defaultText: 'white space',
      doc: 'Text between two pairs; white space around it does not count.',
    }),
    quotes: field.string({ default: '"', doc: 'Characters that may stand around keys and values; or none.' }),
    bareKeys: field.enum({
      values: ['ignore', 'true', 'fail'],
      default: 'ignore',
      doc: 'A word without a value: it is ignored, it sets its header to true, or the text does not parse.',
    }),
    ...parsingFields,
    ...timeFieldFields,
  },
  examples: [
    'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = key_value',
    'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = key_value\n' +
      'a1.sources.r1.interceptors.i1.pairSeparator = ;\na1.sources.r1.interceptors.i1.keySeparator = :\n' +
      'a1.sources.r1.interceptors.i1.rename.user = userName',
  ],
  check(options, section) {
    checkParsing(options, section)
    const { pairSeparator, keySeparator } = options
    if (pairSeparator === undefined || keySeparator === undefined || pairSeparator !== keySeparator) return
    section.error('pairSeparator', 'pairSeparator and keySeparator are the same', 'write another one of them')
  },
  outputs: (options) => parsedOutputs(options, configuredTimeHeader(options)),
  create: (options, { clock }) =>
    new ParsingInterceptor({
      type: 'key_value',
      options,
      time: configuredTime(options, () => clock.now()),
      makeParser: () =>
        new PairScanner({
          keySeparator: separatorText(options.keySeparator),
          pairSeparator: options.pairSeparator === undefined ? undefined : separatorText(options.pairSeparator),
          quotes: options.quotes === 'none' ? '' : options.quotes,
          bareKeys: options.bareKeys,
          escapes: 'quote',
        }),
    }),
})
