import { defineHttpHandler } from '../../component/kit.ts'
import { EventBatch, type HttpHandler, type HttpRequest, Part } from '../../core/index.ts'
import { type LineRanges, linesOf } from './line-ranges.ts'

export default defineHttpHandler({
  type: 'lines',
  summary: 'Makes an event of each line of the body, byte for byte.',
  description:
    'A line ends with `\\n` or `\\r\\n`, the last one also with the body; an empty line is no event. Nothing is decoded: ' +
    'what the client sent is the body of the event.',
  fields: {},
  metrics: [],
  examples: ['a1.sources.r1.type = http\na1.sources.r1.port = 8080\na1.sources.r1.handler = lines'],
  create: (): HttpHandler => ({ handle: ({ body, arrivedAt }: HttpRequest) => batchOf(linesOf(body), arrivedAt) }),
})

function batchOf({ slab, start, end }: LineRanges, arrivedAt: number): EventBatch {
  if (start.length === 0) return EventBatch.empty
  return new EventBatch([new Part({ arrivedAt, slab, start, end })])
}
