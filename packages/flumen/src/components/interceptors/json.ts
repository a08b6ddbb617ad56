import { defineInterceptor, field } from '../../component/kit.ts'
import { JsonScanner } from './json-scanner.ts'
import { checkParsing, configuredTime, parsingFields, timeFieldFields } from './parsing-fields.ts'
import { ParsingInterceptor } from './parsing-interceptor.ts'
import { configuredTimeHeader, parsedOutputs } from './parsing-outputs.ts'

export default defineInterceptor({
  type: 'json',
  summary: 'Sets headers to the fields of a JSON object.',
  description:
    'Each field of the object sets the header of its name, one inside another object that of all names on the way: ' +
    '`user.id`. Numbers stay as they are written, true and false are these words, a field that is null sets nothing, an ' +
    'empty object is `{}`. Of two fields with one name the last counts. The text has to be one object of JSON (RFC ' +
    '8259), whole; anything else does not parse, nor does a name of more than 256 characters.',
  fields: {
    separator: field.string({ default: '.', doc: 'Text between the names of fields that lie in one another.' }),
    maxDepth: field.int({
      default: 10,
      min: 1,
      max: 100,
      doc: 'Objects in objects that become fields; what lies deeper is one value, its JSON.',
    }),
    arrays: field.enum({
      values: ['text', 'index'],
      default: 'text',
      doc: 'An array is one value, its JSON as it stands, or a field for each item, named by its number from 0.',
    }),
    ...parsingFields,
    ...timeFieldFields,
  },
  examples: [
    'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = json\n' +
      'a1.sources.r1.interceptors.i1.timestampField = time\na1.sources.r1.interceptors.i1.fields = level user.id\n' +
      'a1.sources.r1.interceptors.i1.onFailure = reject',
  ],
  check: (options, section) => checkParsing(options, section),
  outputs: (options) => parsedOutputs(options, configuredTimeHeader(options)),
  create: (options, { clock }) =>
    new ParsingInterceptor({
      type: 'json',
      options,
      time: configuredTime(options, () => clock.now()),
      makeParser: () => new JsonScanner(options),
    }),
})
