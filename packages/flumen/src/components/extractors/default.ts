import { defineExtractorSerializer } from '../../component/kit.ts'

export default defineExtractorSerializer({
  type: 'default',
  className: 'org.apache.flume.interceptor.RegexExtractorInterceptorPassThroughSerializer',
  summary: 'Takes the text as it is.',
  fields: {},
  examples: [
    'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = regex_extractor\n' +
      'a1.sources.r1.interceptors.i1.regex = ^(\\\\w+)\na1.sources.r1.interceptors.i1.serializers = s1\n' +
      'a1.sources.r1.interceptors.i1.serializers.s1.name = word\na1.sources.r1.interceptors.i1.serializers.s1.type = default',
  ],
  create: () => ({ serialize: (value) => value }),
})
