import { defineInterceptor, field } from '../../component/kit.ts'
import { EventBatch, type ExtractorSerializer, type Interceptor, messageOf, type Part } from '../../core/index.ts'
import { cutOff, type JavaRegex } from '../../text/java-regex.ts'
import { cutOffReason } from './cut-off.ts'
import { KeptRows } from './kept-rows.ts'
import { ownText } from './own-text.ts'
import { textsOf } from './texts.ts'

export default defineInterceptor({
  type: 'regex_extractor',
  className: 'org.apache.flume.interceptor.RegexExtractorInterceptor$Builder',
  summary: 'Sets headers to what the groups of an expression find in the body.',
  description:
    'Bodies are read as UTF-8. The first match counts; its first group goes to the first serializer of the list, the ' +
    'second to the second, and so on. An event without a match stays as it is. A group that takes no part in the match ' +
    'leaves its event without that header. An event whose value a serializer refuses is rejected.',
  fields: {
    regex: field.regex({ required: true, doc: 'What is looked for in the body.' }),
    serializers: field.named({
      required: true,
      doc: 'A name for each group of the expression, in their order.',
      fields: {
        name: field.string({ required: true, doc: 'Name of the header.' }),
        type: field.component('extractor', {
          default: 'default',
          siblings: true,
          doc: 'What makes the value of the header: default takes the text as it is, millis reads a time.',
        }),
      },
    }),
  },
  examples: [
    'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = regex_extractor\n' +
      'a1.sources.r1.interceptors.i1.regex = ^(\\\\d+) (\\\\w+)\na1.sources.r1.interceptors.i1.serializers = s1 s2\n' +
      'a1.sources.r1.interceptors.i1.serializers.s1.name = code\na1.sources.r1.interceptors.i1.serializers.s2.name = word',
  ],
  check({ regex, serializers }, section) {
    if (regex?.source === '')
      section.error('regex', `${section.key('regex')} is empty`, 'write an expression with groups')
    if (regex && serializers.length > regex.groupCount) {
      const message = `there are ${serializers.length} serializers for ${regex.groupCount} groups; those without a group do nothing`
      section.warning('serializers', message, 'put what is to be found into round brackets')
    }
  },
  outputs: ({ regex, serializers }) => ({ names: serializers.slice(0, regex.groupCount).map(({ name }) => name) }),
  async create({ regex, serializers }, context) {
    const targets: Target[] = []
    for (const { name, type } of serializers.slice(0, regex.groupCount)) {
      targets.push({ name, serializer: await type.create(context) })
    }
    return new RegexExtractor(regex, targets)
  },
})

/** What becomes of one group. */
interface Target {
  /** Of the header. */
  readonly name: string
  readonly serializer: ExtractorSerializer
}

class RegexExtractor implements Interceptor {
  readonly isUneven = true
  readonly #regex: JavaRegex
  readonly #targets: readonly Target[]

  constructor(regex: JavaRegex, targets: readonly Target[]) {
    this.#regex = regex
    this.#targets = targets
  }

  intercept(batch: EventBatch, reject: (row: number, reason: string) => void): EventBatch {
    const kept = new KeptRows(batch)
    let first = 0
    const parts = batch.parts.map((part) => {
      const next = this.#extract(part, (row, reason) => {
        kept.leaveOut(first + row)
        reject(first + row, reason)
      })
      first += part.length
      return next
    })
    return kept.batch(parts.every((part, index) => part === batch.parts[index]) ? batch : new EventBatch(parts))
  }

  #extract(part: Part, reject: (row: number, reason: string) => void): Part {
    const texts = textsOf(part)
    const found = this.#regex.findEach(texts)
    const columns = this.#targets.map(() => new Array<string | undefined>(part.length))
    let changed = false
    for (let row = 0; row < part.length; row++) {
      const groups = found[row]!
      if (groups === cutOff) reject(row, cutOffReason)
      else if (groups === null) this.#keep(part, row, columns)
      else {
        changed = true
        this.#set(part, row, texts[row]!, groups, columns, reject)
      }
    }
    if (!changed) return part
    return this.#targets.reduce(
      (next, { name }, index) => next.withHeader(name, { kind: 'list', values: columns[index]! }),
      part,
    )
  }

  #keep(part: Part, row: number, columns: readonly (string | undefined)[][]): void {
    for (const [index, { name }] of this.#targets.entries()) columns[index]![row] = part.header(row, name)
  }

  #set(
    part: Part,
    row: number,
    text: string,
    groups: readonly (string | undefined)[],
    columns: readonly (string | undefined)[][],
    reject: (row: number, reason: string) => void,
  ): void {
    const targets = this.#targets
    for (let index = 0; index < targets.length; index++) {
      const group = groups[index + 1]
      if (group === undefined) continue
      try {
        columns[index]![row] = targets[index]!.serializer.serialize(ownText(group, text, part, row))
      } catch (error) {
        reject(row, `header ${targets[index]!.name}: ${messageOf(error)}`)
        return
      }
    }
  }
}
