import { defineInterceptor, field } from '../../component/kit.ts'
import type { EventBatch, Interceptor } from '../../core/index.ts'
import { cutOff, type JavaRegex } from '../../text/java-regex.ts'
import { cutOffReason } from './cut-off.ts'
import { KeptRows } from './kept-rows.ts'
import { textsOf } from './texts.ts'

export default defineInterceptor({
  type: 'regex_filter',
  className: 'org.apache.flume.interceptor.RegexFilteringInterceptor$Builder',
  summary: 'Keeps the events whose body contains a match, or drops them.',
  description: 'Bodies are read as UTF-8. The expression may match anywhere in the body: ^ and $ tie it to the ends.',
  fields: {
    regex: field.regex({ default: '.*', doc: 'What is looked for in the body.' }),
    excludeEvents: field.boolean({
      default: false,
      doc: 'Whether events with a match are dropped, or else those without.',
    }),
  },
  examples: [
    'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = regex_filter\n' +
      'a1.sources.r1.interceptors.i1.regex = DEBUG\na1.sources.r1.interceptors.i1.excludeEvents = true',
  ],
  outputs: () => ({ names: [] }),
  create: ({ regex, excludeEvents }) => new RegexFilter(regex, !excludeEvents),
})

class RegexFilter implements Interceptor {
  readonly isUneven = true
  readonly #regex: JavaRegex
  readonly #wanted: boolean

  /** @param wanted what the search must answer for an event to be kept */
  constructor(regex: JavaRegex, wanted: boolean) {
    this.#regex = regex
    this.#wanted = wanted
  }

  intercept(batch: EventBatch, reject: (row: number, reason: string) => void): EventBatch {
    const kept = new KeptRows(batch)
    let first = 0
    for (const part of batch.parts) {
      const answers = this.#regex.testEach(textsOf(part))
      for (let row = 0; row < part.length; row++) {
        const answer = answers[row]
        if (answer === this.#wanted) continue
        kept.leaveOut(first + row)
        if (answer === cutOff) reject(first + row, cutOffReason)
      }
      first += part.length
    }
    return kept.batch()
  }
}
