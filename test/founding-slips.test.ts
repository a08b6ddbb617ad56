import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Catalogue } from '../packages/flumen/src/component/catalogue.ts'
import { agentsOf, readPlan } from '../packages/flumen/src/component/plan-reader.ts'
import { builtInComponents } from '../packages/flumen/src/components/catalogue.generated.ts'
import { type Problem, Problems } from '../packages/flumen/src/config/problem.ts'
import { readProperties } from '../packages/flumen/src/config/properties-reader.ts'

/** The first example of Flume's guide, without its comments. */
const founding = `a1.sources = r1
a1.sinks = k1
a1.channels = c1
a1.sources.r1.type = netcat
a1.sources.r1.bind = localhost
a1.sources.r1.port = 44444
a1.sinks.k1.type = logger
a1.channels.c1.type = memory
a1.channels.c1.capacity = 1000
a1.channels.c1.transactionCapacity = 100
a1.sources.r1.channels = c1
a1.sinks.k1.channel = c1
`

const catalogue = new Catalogue(builtInComponents)

/** Errors and warnings; what can be lost is a note. */
async function problemsOf(text: string): Promise<readonly Problem[]> {
  const problems = new Problems()
  const settings = readProperties(text, 'flume.conf', problems)
  const agents = agentsOf(settings)
  assert.deepEqual(agents, ['a1'], `the agent is not clear in\n${text}`)
  await readPlan(settings, 'a1', problems, { catalogue })
  return problems.all.filter(({ severity }) => severity !== 'note')
}

interface Slip {
  readonly title: string
  /** Of the changed line, from 1. */
  readonly line: number
  /** What the fix must name. */
  readonly word: string
  readonly text: string
  /** It is another word altogether, which may leave nothing but the list of what there is. */
  readonly isOther: boolean
}

/** Ways to get a word wrong; the last is another word altogether. */
const mistakes: readonly (readonly [string, (word: string) => string])[] = [
  ['a letter too many', (word) => `${word}x`],
  ['a letter less', (word) => (word.length > 3 ? word.slice(0, -1) : `${word}${word.at(-1)}`)],
  [
    'two letters swapped',
    (word) => (word.length > 3 ? `${word.slice(0, 1)}${word[2]}${word[1]}${word.slice(3)}` : `${word[0]}9`),
  ],
  ['another case', (word) => word.toUpperCase()],
  ['another word', () => 'banana'],
]

/** Every segment of every key, and every value that names something, got wrong in one line. */
function* slips(): Iterable<Slip> {
  const lines = founding.trimEnd().split('\n')
  for (const [index, line] of lines.entries()) {
    const [key = '', value = ''] = line.split(' = ')
    const change = (changed: string): string => lines.with(index, changed).join('\n')
    for (const [how, mistake] of mistakes) {
      const isOther = how === 'another word'
      for (const [position, word] of key.split('.').entries()) {
        const wrong = mistake(word)
        const text = change(`${key.split('.').with(position, wrong).join('.')} = ${value}`)
        yield { title: `${how}: ${wrong} for segment ${position} in ${line}`, line: index + 1, word, text, isOther }
      }
      const isName = /\.(sources|sinks|channels|channel|type)$/.test(key)
      const wrong = mistake(value)
      if (!isName || (key.endsWith('type') && wrong.toLowerCase() === value)) continue
      yield {
        title: `${how}: ${wrong} for the value in ${line}`,
        line: index + 1,
        word: value,
        text: change(`${key} = ${wrong}`),
        isOther,
      }
    }
  }
}

test('the founding configuration has no problem, only notes', async () => {
  assert.deepEqual(await problemsOf(founding), [])
})

for (const { title, line, word, text, isOther } of slips()) {
  test(`one error line mends ${title}`, async () => {
    const problems = await problemsOf(text)
    const errors = problems.filter(({ severity }) => severity === 'error')
    const shown = problems.map(
      (each) => `${each.severity} ${each.place.line} ${each.key}: ${each.message}; ${each.fix}`,
    )
    assert.equal(errors.length, 1, shown.join('\n'))
    const [{ place, fix } = assert.fail()] = errors
    assert.deepEqual([place.file, place.line], ['flume.conf', line], shown.join('\n'))
    assert.ok(fix.split(/[^\w-]+/).includes(word), shown.join('\n'))
    assert.ok(isOther || fix.startsWith('did you mean '), shown.join('\n'))
  })
}
