import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../testing/manual-clock.ts'
import { ConsoleLog, type ConsoleLogOptions } from './console-log.ts'

function logTo(options: Partial<ConsoleLogOptions> = {}): { log: ConsoleLog; lines: string[]; clock: ManualClock } {
  const lines: string[] = []
  const clock = new ManualClock()
  return {
    log: new ConsoleLog({ format: 'text', colours: false, write: (line) => lines.push(line), clock, ...options }),
    lines,
    clock,
  }
}

test('a text line has time, level, message and facts, quoted where they need it', () => {
  const { log, lines } = logTo()
  log.info('Component started.', { component: 'source r1', ms: 3, nothing: undefined })
  assert.match(
    lines[0]!,
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} INFO {2}Component started\. component="source r1" ms=3\n$/,
  )
})

test('a JSON line is one object, whatever stands in the facts', () => {
  const { log, lines } = logTo({ format: 'json' })
  log.error('Component failed.', { error: 'line\nbreak' })
  assert.deepEqual(JSON.parse(lines[0]!), {
    at: '2026-01-01T00:00:00.000Z',
    level: 'error',
    message: 'Component failed.',
    error: 'line\nbreak',
  })
})

test('a new line in a fact does not break a text line', () => {
  const { log, lines } = logTo()
  log.info('x', { error: 'a\nb' })
  assert.equal(lines[0]!.split('\n').length, 2)
})

test('repeated warnings of one component are folded into one line with a count; others are not', async () => {
  const { log, lines, clock } = logTo()
  for (let index = 0; index < 1000; index++) log.warn('A sink failed.', { sink: 'k1', attempt: index })
  log.warn('A sink failed.', { sink: 'k2' })
  assert.equal(lines.length, 2)
  await clock.advance(10_000)
  assert.equal(lines.length, 3)
  assert.match(lines[2]!, /sink=k1 attempt=999 repeated=999/)
})

test('information is never folded: the logger sink writes each of its lines', () => {
  const { log, lines } = logTo()
  log.info('Event: { }')
  log.info('Event: { }')
  assert.equal(lines.length, 2)
})

test('closing writes what is folded and leaves no timer', () => {
  const { log, lines, clock } = logTo()
  log.error('x')
  log.error('x')
  log.close()
  assert.equal(clock.pending, 0)
  assert.match(lines[1]!, /repeated=1/)
})

test('lines below the level are not written', () => {
  const { log, lines } = logTo({ level: 'warn' })
  log.info('x')
  log.debug('x')
  log.warn('y')
  assert.equal(lines.length, 1)
})
