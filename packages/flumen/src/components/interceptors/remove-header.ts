import { defineInterceptor, field } from '../../component/kit.ts'
import type { Headers, Part } from '../../core/index.ts'
import { compileJavaReplacement, type JavaRegex } from '../../text/java-regex.ts'
import { changeParts } from './add-header.ts'

export default defineInterceptor({
  type: 'remove_header',
  className: 'org.apache.flume.interceptor.RemoveHeaderInterceptor$Builder',
  summary: 'Removes headers by their names.',
  description:
    'A header is removed if it has the one name, or stands in the list, or matches the expression as a whole.',
  fields: {
    withName: field.string({ doc: 'Name of a header to remove.' }),
    fromList: field.string({ doc: 'Names of headers to remove.' }),
    fromListSeparator: field.regex({ default: '\\s*,\\s*', doc: 'What stands between the names of fromList.' }),
    matching: field.regex({ doc: 'Headers whose whole name matches are removed.' }),
  },
  examples: [
    'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = remove_header\n' +
      'a1.sources.r1.interceptors.i1.fromList = token, password',
  ],
  outputs: () => ({ names: [] }),
  create({ withName, fromList, fromListSeparator, matching }) {
    const names = new Set(fromList === undefined ? [] : split(fromList, fromListSeparator))
    if (withName !== undefined) names.add(withName)
    const isRemoved = matching ? new Matching(names, matching).has : (name: string): boolean => names.has(name)
    return { intercept: (batch) => changeParts(batch, (part) => without(part, isRemoved)) }
  },
})

/** Answers of an expression, remembered for as many names as usually come. */
class Matching {
  readonly #names: ReadonlySet<string>
  readonly #regex: JavaRegex
  readonly #known = new Map<string, boolean>()

  constructor(names: ReadonlySet<string>, regex: JavaRegex) {
    this.#names = names
    this.#regex = regex
  }

  readonly has = (name: string): boolean => {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    if (this.#known.size === 1000) this.#known.clear()
    const answer = this.#names.has(name) || this.#regex.fullMatch(name) === true
    this.#known.set(name, answer)
    return answer
  }
}

function without(part: Part, isRemoved: (name: string) => boolean): Part {
  const columns = part.columns.filter(([name]) => !isRemoved(name))
  const rare = part.rare?.map((headers) => headers && kept(headers, isRemoved))
  const rareIsSame = rare?.every((headers, row) => headers === part.rare?.[row]) ?? true
  if (columns.length === part.columns.length && rareIsSame) return part
  return part.with({ columns, rare: rareIsSame ? part.rare : rare })
}

function kept(headers: Headers, isRemoved: (name: string) => boolean): Headers | undefined {
  let rest: Map<string, string> | undefined
  for (const name of headers.keys()) {
    if (!isRemoved(name)) continue
    rest ??= new Map(headers)
    rest.delete(name)
  }
  if (!rest) return headers
  return rest.size === 0 ? undefined : rest
}

/** As Java's String.split: empty names at the end do not count, nor does one before a match of nothing at the start. */
function split(list: string, separator: JavaRegex): readonly string[] {
  const mark = unusedCharacter(list)
  const [marked] = separator.replaceEach([list], compileJavaReplacement(mark, separator))
  if (typeof marked !== 'string' || marked === list) return [list]
  const names = marked.split(mark)
  const [first] = separator.findEach([list])
  if (names[0] === '' && Array.isArray(first) && first[0] === '') names.shift()
  while (names.at(-1) === '') names.pop()
  return names
}

function unusedCharacter(text: string): string {
  let code = 0
  while (text.includes(String.fromCharCode(code))) code++
  return String.fromCharCode(code)
}
