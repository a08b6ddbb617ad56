import { defineHttpHandler, field } from '../../component/kit.ts'
import { batchOfOne, type HttpHandler, type HttpRequest } from '../../core/index.ts'
import { parametersOf } from './request-parameters.ts'

export default defineHttpHandler({
  type: 'blob',
  className: 'org.apache.flume.sink.solr.morphline.BlobHandler',
  summary: 'Makes one event of a request: its body is the body, its parameters are the headers.',
  description:
    'The header `Content-Type` is that of the request, where it has one. Of a parameter with several values the first ' +
    'counts. A body that is a form (`application/x-www-form-urlencoded`) becomes parameters, and the event has no body.',
  fields: {
    maxBlobLength: field.int({
      default: 100_000_000,
      min: 1,
      doc: 'Most bytes of a body; what is beyond is thrown away, with a warning.',
    }),
  },
  metrics: [],
  examples: [
    'a1.sources.r1.type = http\na1.sources.r1.port = 8080\na1.sources.r1.handler = blob\n' +
      'a1.sources.r1.handler.maxBlobLength = 10000000',
  ],
  create: ({ maxBlobLength }): HttpHandler => ({
    enoughBytes: maxBlobLength,
    handle(request: HttpRequest) {
      const { values, body } = parametersOf(request)
      const contentType = request.headers['content-type']
      const headers = new Map(contentType === undefined ? [] : [['Content-Type', contentType]])
      for (const [name, value] of values) headers.set(name, value)
      return batchOfOne(body, headers, request.arrivedAt)
    },
  }),
})
