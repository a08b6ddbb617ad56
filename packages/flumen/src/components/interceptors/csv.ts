import { defineInterceptor, field } from '../../component/kit.ts'
import { CsvScanner } from './csv-scanner.ts'
import { checkParsing, configuredTime, parsingFields, timeFieldFields } from './parsing-fields.ts'
import { ParsingInterceptor } from './parsing-interceptor.ts'
import { configuredTimeHeader, parsedOutputs } from './parsing-outputs.ts'
import { separatorText } from './separator-text.ts'

export default defineInterceptor({
  type: 'csv',
  summary: 'Sets headers to the values of a CSV record.',
  description:
    'One event is one record (RFC 4180): a value in quotes may hold delimiters, line ends and doubled quotes. Values ' +
    'without a name in `columns` are named by their number: `column1`. A record with another number of values than ' +
    'columns does not parse unless `strictColumns` is false, nor does one with a quote that is not closed, or with text ' +
    'behind a closing quote.',
  fields: {
    columns: field.list({
      default: [],
      separator: /,/,
      separatorText: 'commas',
      defaultText: 'column1,column2,…',
      doc: 'Names of the values in their order.',
    }),
    delimiter: field.string({ default: ',', doc: 'One character between values; \\t is a tab.' }),
    quote: field.string({ default: '"', doc: 'One character around values that hold others; none: no quotes.' }),
    trim: field.boolean({ default: false, doc: 'Whether blanks around values are left out.' }),
    skipEmpty: field.boolean({ default: false, doc: 'Whether an empty value sets no header.' }),
    strictColumns: field.boolean({
      default: true,
      doc: 'Whether there must be as many values as columns; else missing ones are not set, and more are numbered.',
    }),
    ...parsingFields,
    ...timeFieldFields,
  },
  examples: [
    'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = csv\n' +
      'a1.sources.r1.interceptors.i1.columns = time,user,action\na1.sources.r1.interceptors.i1.delimiter = ;\n' +
      'a1.sources.r1.interceptors.i1.timestampField = time',
  ],
  check(options, section) {
    const { columns = [], strictColumns, delimiter, quote } = options
    checkParsing(options, section, strictColumns && columns.length > 0 ? columns : undefined)
    const separator = separatorText(delimiter ?? ',')
    if (separator.length !== 1 || /[\r\n]/.test(separator)) {
      section.error('delimiter', `"${delimiter}" is not one character`, 'write a character like , or ; or \\t')
    }
    if (quote !== 'none' && quote !== undefined && (quote.length !== 1 || quote === separator)) {
      section.error('quote', `"${quote}" cannot be the quote`, 'write one character that is not the delimiter, or none')
    }
  },
  outputs(options) {
    const { columns, strictColumns } = options
    return parsedOutputs(options, configuredTimeHeader(options), columns, strictColumns && columns.length > 0)
  },
  create: (options, { clock }) =>
    new ParsingInterceptor({
      type: 'csv',
      options,
      time: configuredTime(options, () => clock.now()),
      makeParser: () =>
        new CsvScanner({
          ...options,
          delimiter: separatorText(options.delimiter),
          quote: options.quote === 'none' ? '' : options.quote,
        }),
    }),
})
