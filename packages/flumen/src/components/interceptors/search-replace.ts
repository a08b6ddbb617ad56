import { defineInterceptor, field, type Section } from '../../component/kit.ts'
import { didYouMean } from '../../config/did-you-mean.ts'
import { type Bytes, EventBatch, type Interceptor, messageOf, type Part } from '../../core/index.ts'
import { type Charset, charsetNames, javaCharset } from '../../text/java-charset.ts'
import { compileJavaReplacement, cutOff, type JavaRegex, type JavaReplacement } from '../../text/java-regex.ts'
import { encodable } from '../../text/java-utf8.ts'
import { cutOffReason } from './cut-off.ts'
import { KeptRows } from './kept-rows.ts'
import { textsOf } from './texts.ts'

export default defineInterceptor({
  type: 'search_replace',
  className: 'org.apache.flume.interceptor.SearchAndReplaceInterceptor$Builder',
  summary: 'Replaces every match of an expression in the body.',
  description:
    'The body is read in the character set and written in it again, so bytes that it does not have are replaced even ' +
    'where nothing matches.',
  fields: {
    searchPattern: field.regex({ required: true, doc: 'What is looked for in the body.' }),
    replaceString: field.string({
      default: '',
      doc: 'What stands in its place: $1 or ${name} for a group, a backslash before a $ or a backslash that is meant so.',
    }),
    charset: field.string({ default: 'UTF-8', doc: 'Character set of the bodies.' }),
  },
  examples: [
    'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = search_replace\n' +
      'a1.sources.r1.interceptors.i1.searchPattern = password=\\\\S+\na1.sources.r1.interceptors.i1.replaceString = password=***',
  ],
  check({ searchPattern, replaceString, charset }, section) {
    checkCharset(charset, section)
    if (!searchPattern) return
    if (searchPattern.source === '')
      section.error('searchPattern', `${section.key('searchPattern')} is empty`, 'write what to look for')
    try {
      compileJavaReplacement(replaceString, searchPattern)
    } catch (error) {
      const fix = 'write a backslash before a $ that is meant as it stands'
      section.error('replaceString', `"${replaceString}" cannot replace: ${messageOf(error)}`, fix)
    }
  },
  outputs: () => ({ names: [] }),
  create: ({ searchPattern, replaceString, charset }) =>
    new SearchReplace(searchPattern, compileJavaReplacement(replaceString, searchPattern), javaCharset(charset)!),
})

class SearchReplace implements Interceptor {
  readonly isUneven = true
  readonly #regex: JavaRegex
  readonly #replacement: JavaReplacement
  readonly #charset: Charset

  constructor(regex: JavaRegex, replacement: JavaReplacement, charset: Charset) {
    this.#regex = regex
    this.#replacement = replacement
    this.#charset = charset
  }

  intercept(batch: EventBatch, reject: (row: number, reason: string) => void): EventBatch {
    const kept = new KeptRows(batch)
    let first = 0
    const parts = batch.parts.map((part) => {
      const next = this.#replace(part, (row) => {
        kept.leaveOut(first + row)
        reject(first + row, cutOffReason)
      })
      first += part.length
      return next
    })
    return kept.batch(parts.every((part, index) => part === batch.parts[index]) ? batch : new EventBatch(parts))
  }

  #replace(part: Part, reject: (row: number) => void): Part {
    const texts = this.#charset.isUtf8 ? textsOf(part) : this.#decoded(part)
    const replaced = this.#regex.replaceEach(texts, this.#replacement)
    const changed = new Array<string | undefined>(part.length)
    let isChanged = false
    for (let row = 0; row < part.length; row++) {
      const text = replaced[row]!
      if (text === cutOff) reject(row)
      else if (!this.#isAsBefore(texts[row]!, text)) {
        changed[row] = text
        isChanged = true
      }
    }
    if (!isChanged) return part
    return this.#charset.isUtf8 ? withTexts(part, changed) : part.withBodies(this.#encoded(part, changed))
  }

  /** Whether writing the text gives the bytes that it was read from; other character sets than UTF-8 are not sure to. */
  #isAsBefore(before: string, after: string): boolean {
    return this.#charset.isUtf8 && after === before && !after.includes('\uFFFD')
  }

  #decoded(part: Part): readonly string[] {
    return Array.from({ length: part.length }, (_, row) => this.#charset.decode(part.body(row)))
  }

  #encoded(part: Part, changed: readonly (string | undefined)[]): readonly Bytes[] {
    return Array.from(changed, (text, row) => (text === undefined ? part.body(row) : this.#charset.encode!(text)))
  }
}

/** The rows with other bodies, UTF-8, in a slab of their own; `undefined` leaves a body as it is. */
function withTexts(part: Part, texts: readonly (string | undefined)[]): Part {
  const start = new Uint32Array(part.length)
  const end = new Uint32Array(part.length)
  const written = texts.map((text) => text && encodable(text))
  let total = 0
  for (let row = 0; row < part.length; row++) {
    const text = written[row]
    start[row] = total
    total += text === undefined ? part.end[row]! - part.start[row]! : Buffer.byteLength(text)
    end[row] = total
  }
  const slab = Buffer.allocUnsafeSlow(total)
  for (let row = 0; row < part.length; row++) {
    const text = written[row]
    if (text === undefined) slab.set(part.slab.subarray(part.start[row], part.end[row]), start[row])
    else slab.write(text, start[row]!, 'utf8')
  }
  return part.with({ slab, start, end })
}

function checkCharset(name: string, section: Section): void {
  const charset = javaCharset(name)
  if (charset?.encode) return
  const near = didYouMean(name, charsetNames)
  if (charset) section.error('charset', `text cannot be written in ${charset.name}`, 'use UTF-8')
  else
    section.error(
      'charset',
      `there is no character set "${name}"`,
      near ? `did you mean ${near}?` : 'UTF-8 is the usual one',
    )
}
