import type { Bytes, HttpRequest } from '../../core/index.ts'
import { contentTypeOf } from './content-type.ts'

/** What a request says beside its body. */
export interface Parameters {
  /** The first value of each name: of the query, and of a form that the body holds. */
  readonly values: Map<string, string>
  /** What is left as the body: nothing of a form. */
  readonly body: Bytes
}

const nothing = new Uint8Array(0)

/** Parameters as a servlet of Java sees them: a form in the body is read as parameters and is gone then. */
export function parametersOf({ method, url, headers, body }: HttpRequest): Parameters {
  const values = new Map<string, string>()
  const query = url.indexOf('?')
  if (query >= 0) addAll(values, url.slice(query + 1))
  const isForm = contentTypeOf(headers['content-type']).mediaType === 'application/x-www-form-urlencoded'
  if (!isForm || method !== 'POST') return { values, body }
  addAll(values, Buffer.prototype.utf8Slice.call(body, 0, body.length))
  return { values, body: nothing }
}

function addAll(values: Map<string, string>, text: string): void {
  for (const [name, value] of new URLSearchParams(text)) if (!values.has(name)) values.set(name, value)
}
