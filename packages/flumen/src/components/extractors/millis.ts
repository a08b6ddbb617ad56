import { defineExtractorSerializer, field } from '../../component/kit.ts'
import { messageOf } from '../../core/index.ts'
import { compileJodaPattern } from '../../text/java-date-format.ts'

export default defineExtractorSerializer({
  type: 'millis',
  className: 'org.apache.flume.interceptor.RegexExtractorInterceptorMillisSerializer',
  summary: 'Reads the text as a time and gives the ms since 1970.',
  description:
    'A time without a zone is in the zone of the agent (TZ). An event whose text is not such a time is rejected; the ' +
    'others of its batch go on.',
  fields: {
    pattern: field.string({
      required: true,
      doc: 'How the time is written, in the letters of Joda-Time: yyyy-MM-dd HH:mm:ss,SSS.',
    }),
  },
  examples: [
    'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = regex_extractor\n' +
      'a1.sources.r1.interceptors.i1.regex = ^(\\\\d\\\\d\\\\d\\\\d-\\\\d\\\\d-\\\\d\\\\d \\\\d\\\\d:\\\\d\\\\d)\na1.sources.r1.interceptors.i1.serializers = s1\n' +
      'a1.sources.r1.interceptors.i1.serializers.s1.type = millis\na1.sources.r1.interceptors.i1.serializers.s1.name = timestamp\n' +
      'a1.sources.r1.interceptors.i1.serializers.s1.pattern = yyyy-MM-dd HH:mm',
  ],
  check({ pattern }, section) {
    if (pattern === undefined) return
    try {
      compileJodaPattern(pattern)
    } catch (error) {
      section.error(
        'pattern',
        `${section.key('pattern')} is no pattern of Joda-Time: ${messageOf(error)}`,
        'write one like yyyy-MM-dd HH:mm:ss',
      )
    }
  },
  create({ pattern }) {
    const format = compileJodaPattern(pattern)
    return { serialize: (value) => String(format.parse(value)) }
  },
})
