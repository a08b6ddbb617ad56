import { defineHttpHandler } from '../../component/kit.ts'
import { BadRequestError, type EventBatch, type HttpHandler, type HttpRequest, messageOf } from '../../core/index.ts'
import { EventReader } from './event-reader.ts'
import { linesOf } from './line-ranges.ts'

export default defineHttpHandler({
  type: 'ndjson',
  summary: 'Makes an event of each line of the body, `{"headers": {name: text}, "body": text}`.',
  description:
    'A line is what an element of the array is to the `json` handler, so that a client can write events without a ' +
    'bracket before the first and behind the last. A blank line is no event. One line that is no event is 400 for the ' +
    'whole request, and nothing of it is stored. The bytes are UTF-8. For lines of JSON that are to stay as they are ' +
    'there is the `lines` handler.',
  fields: {},
  metrics: [],
  examples: ['a1.sources.r1.type = http\na1.sources.r1.port = 8080\na1.sources.r1.handler = ndjson'],
  create: (): HttpHandler => ({ handle }),
})

function handle({ body, arrivedAt }: HttpRequest): EventBatch {
  const reader = new EventReader(body, arrivedAt)
  const { start, end } = linesOf(reader.bytes)
  let line = 0
  try {
    for (; line < start.length; line++) reader.readOne(start[line]!, end[line]!)
  } catch (error) {
    throw new BadRequestError(`line ${lineNumber(reader.bytes, start[line]!)}: ${messageOf(error)}`)
  }
  return reader.finish()
}

/** For a person: from 1, and with the empty lines. */
function lineNumber(bytes: Buffer, at: number): number {
  let number = 1
  for (let next = bytes.indexOf(10); next >= 0 && next < at; next = bytes.indexOf(10, next + 1)) number++
  return number
}
