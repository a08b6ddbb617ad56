import { defineHttpHandler, field } from '../../component/kit.ts'
import { batchOfOne, type HttpHandler, type HttpRequest } from '../../core/index.ts'
import { parametersOf } from './request-parameters.ts'

export default defineHttpHandler({
  type: 'raw',
  className: 'org.apache.flume.source.http.BLOBHandler',
  summary: 'Makes one event of a request, whole: its body is the body, its parameters are the headers.',
  description:
    'Like `blob`, without the header `Content-Type` and without a greatest length of its own. A request that lacks a ' +
    'mandatory parameter is answered with 500, as in Flume.',
  fields: {
    mandatoryParameters: field.list({
      default: [],
      separator: /,/,
      doc: 'Parameters that every request must have, separated by commas.',
    }),
  },
  metrics: [],
  examples: [
    'a1.sources.r1.type = http\na1.sources.r1.port = 8080\na1.sources.r1.handler = raw\n' +
      'a1.sources.r1.handler.mandatoryParameters = host,file',
  ],
  create: ({ mandatoryParameters }): HttpHandler => ({
    handle(request: HttpRequest) {
      const { values, body } = parametersOf(request)
      const missing = mandatoryParameters.find((name) => !values.has(name))
      if (missing !== undefined) throw new Error(`the parameter ${missing} is missing`)
      return batchOfOne(body, values, request.arrivedAt)
    },
  }),
})
