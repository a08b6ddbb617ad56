import { defineHttpHandler } from '../../component/kit.ts'
import type { EventBatch, HttpHandler, HttpRequest } from '../../core/index.ts'
import { javaCharset } from '../../text/java-charset.ts'
import { contentTypeOf } from './content-type.ts'
import { EventReader } from './event-reader.ts'

export default defineHttpHandler({
  type: 'json',
  className: 'org.apache.flume.source.http.JSONHandler',
  summary: 'Makes an event of each element of a JSON array, `{"headers": {name: text}, "body": text}`.',
  description:
    'The bytes are UTF-8 unless `Content-Type` has a `charset`, which may be UTF-8, UTF-16 or UTF-32; bodies are stored ' +
    'in that encoding. Numbers, true and false count as the text that they are written with. Other members of an ' +
    "element are read over, one without `headers` or `body` has none. All that Flume's reader takes beyond JSON is " +
    'taken: single quotes, texts without quotes, comments. A text that is no such array is answered with 400; nothing at ' +
    'all, `null`, an element that is `null` and another encoding with 500, as in Flume.',
  fields: {},
  metrics: [],
  examples: ['a1.sources.r1.type = http\na1.sources.r1.port = 8080\na1.sources.r1.handler = json'],
  create: (): HttpHandler => ({ handle }),
})

function handle({ headers, body, arrivedAt }: HttpRequest): EventBatch {
  const { charset = 'utf-8' } = contentTypeOf(headers['content-type'])
  const name = charset.toLowerCase()
  if (name === 'utf-8') return new EventReader(body, arrivedAt).readArray()
  const known = name === 'utf-16' || name === 'utf-32' ? javaCharset(name) : undefined
  const encode = known?.encode
  if (!known || !encode) throw new Error('the charset is none of UTF-8, UTF-16 and UTF-32')
  const text = known.decode(body)
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  bytes.write(text)
  const batch = new EventReader(bytes, arrivedAt).readArray()
  return batch.withBodies(Array.from({ length: batch.length }, (_, row) => encode(batch.text(row))))
}
