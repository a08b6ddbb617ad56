import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { agentOptions } from './agent-options.ts'
import { type Grammar, type ParsedArguments, parseArguments } from './arguments.ts'

const grammar: Grammar = { options: agentOptions, words: 'FILE' }

function parse(...line: string[]): ParsedArguments {
  return parseArguments(line, grammar)
}

describe('the words of a command line', () => {
  test('an option takes its value after a blank or after =, under each of its names', () => {
    for (const line of [['-n', 'a1'], ['--name', 'a1'], ['--name=a1'], ['-name', 'a1'], ['-n=a1'], ['--n', 'a1']]) {
      const given = parse(...line)
      assert.deepEqual([given.value('name'), given.complaints], ['a1', []], line.join(' '))
    }
  })

  test("Flume's short options of several letters are options, not letters", () => {
    const given = parse('-prov', 'org.example.Provider', '-user', 'me', '-pwd', 'secret')
    assert.deepEqual(given.complaints, [])
    assert.deepEqual(
      [given.value('conf-provider'), given.value('conf-user'), given.value('conf-password')],
      ['org.example.Provider', 'me', 'secret'],
    )
  })

  test('a long option may be cut short while only one begins so', () => {
    assert.deepEqual(parse('--conf-fi', 'x.conf').values('conf-file'), ['x.conf'])
    assert.deepEqual(parse('--conf-', 'x').complaints, [
      '--conf- may mean --conf-file or --conf-uri or --conf-provider or --conf-user or --conf-password',
    ])
  })

  test('--conf is the folder although other options begin so', () => {
    assert.equal(parse('--conf', 'etc').value('conf'), 'etc')
  })

  test('every option of flume-ng agent is known', () => {
    const line = '-n a1 -f x.conf -u file:x -a A -prov P -user U -pwd W -i 5 -b back --no-reload-conf -z h:1 -p /p -h'
    const given = parse(...line.split(' '))
    assert.deepEqual(given.complaints, [])
    assert.equal([...given.names].length, 13)
  })

  test('a repeatable option keeps all its values in order, another one is refused the second time', () => {
    assert.deepEqual(parse('-f', 'a', '--conf-file', 'b').values('conf-file'), ['a', 'b'])
    assert.deepEqual(parse('-n', 'a', '-n', 'b').complaints, ['--name (-n) is given twice'])
  })

  test('-D takes what follows it, with or without a blank', () => {
    assert.deepEqual(parse('-Da=b=c', '-D', 'd=e').values('D'), ['a=b=c', 'd=e'])
  })

  test('an unknown option names the one that was meant', () => {
    assert.deepEqual(parse('--conf-flie', 'x').complaints, ['unknown option --conf-flie; did you mean --conf-file?'])
    assert.deepEqual(parse('--lenent').complaints, ['unknown option --lenent; did you mean --lenient?'])
    assert.deepEqual(parse('-y').complaints, ['unknown option -y'])
  })

  test('a value that is missing is asked for, also where another option follows', () => {
    assert.deepEqual(parse('-n', '-f', 'x').complaints, ['--name (-n) needs a value: NAME'])
    assert.deepEqual(parse('-f').complaints, ['--conf-file (-f) needs a value: FILE'])
  })

  test('a flag takes no value', () => {
    assert.deepEqual(parse('--lenient=yes').complaints, ['--lenient takes no value'])
  })

  test('words are kept, and options end at --', () => {
    assert.deepEqual(parse('a.conf', '--', '-n', 'x').words, ['a.conf', '-n', 'x'])
  })

  test('a command without words complains of each', () => {
    assert.deepEqual(parseArguments(['x'], { options: [] }).complaints, ['nothing is done with the word "x"'])
  })

  test('where options come first, dashes after the first word belong to the words', () => {
    const given = parseArguments(['--lenient', 'exec', '-f'], { options: agentOptions, optionsFirst: true, words: 'W' })
    assert.deepEqual([given.has('lenient'), given.words], [true, ['exec', '-f']])
  })

  test('defaults fill in what is not given and change nothing that is', () => {
    const given = parse('-n', 'a1').withDefaults(parse('-n', 'a2', '-f', 'x'))
    assert.deepEqual([given.value('name'), given.values('conf-file')], ['a1', ['x']])
  })
})
