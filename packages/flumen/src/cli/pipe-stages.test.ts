import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { UsageError } from './command.ts'
import { parseStages } from './pipe-stages.ts'

function complaintsOf(...words: string[]): readonly string[] {
  try {
    parseStages(words)
  } catch (error) {
    if (error instanceof UsageError) return error.complaints
    throw error
  }
  return []
}

describe('the stages of a pipe', () => {
  test('stages are joined by ! and hold key=value words', () => {
    assert.deepEqual(parseStages(['netcat', 'port=44444', '!', 'timestamp', '!', 'logger']), [
      { position: 1, type: 'netcat', options: [{ key: 'port', value: '44444' }] },
      { position: 2, type: 'timestamp', options: [] },
      { position: 3, type: 'logger', options: [] },
    ])
  })

  test('one quoted text is taken apart as a shell would', () => {
    const text = `exec command="sh -c 'a=\\"1\\"'" ! static  key=x value='two words' ! stdout a=b\\ c`
    assert.deepEqual(parseStages([text]), [
      { position: 1, type: 'exec', options: [{ key: 'command', value: `sh -c 'a="1"'` }] },
      {
        position: 2,
        type: 'static',
        options: [
          { key: 'key', value: 'x' },
          { key: 'value', value: 'two words' },
        ],
      },
      { position: 3, type: 'stdout', options: [{ key: 'a', value: 'b c' }] },
    ])
  })

  test('a value keeps blanks and = where the shell has undone the quotes', () => {
    const [, , stage] = parseStages(['seq', '!', 'memory', '!', 'x', 'command=a = b'])
    assert.deepEqual(stage?.options, [{ key: 'command', value: 'a = b' }])
  })

  test('everything that is wrong is said, with the position of the stage', () => {
    assert.deepEqual(complaintsOf('netcat', 'port', '!', '!', 'k=v', 'a=1', 'a=2', 'b='), [
      'stage 1: "port" is not key=value; a value with blanks needs quotes',
      'stage 2: there is nothing between two ! or at an end',
      'stage 3: "k=v" stands where the type of a component is expected',
      'stage 3: a is given twice',
      'stage 3: b has no value',
    ])
  })

  test('no stage, one stage and an open quote are wrong', () => {
    assert.deepEqual(complaintsOf(), ['there is no pipe; write SOURCE ! … ! SINK'])
    assert.deepEqual(complaintsOf('netcat'), ['a pipe needs a source and a sink; write SOURCE ! SINK'])
    assert.deepEqual(complaintsOf(`seq ! stdout a="b`), ['a quote or a backslash is left open'])
  })

  test('whatever a text holds, its stages come out of its quotes unchanged', () => {
    const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (one, other) => {
        const [first, second] = parseStages([`seq a=${quote(one)} ! stdout b=${quote(other)}`])
        assert.deepEqual([first?.options[0]?.value, second?.options[0]?.value], [one, other])
      }),
    )
  })
})
