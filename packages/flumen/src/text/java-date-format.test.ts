import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { compileJavaDateFormat, compileJodaPattern } from './java-date-format.ts'

interface Case {
  readonly pattern: string
  readonly zone: string
  readonly text?: string
  readonly ms?: number
  readonly result?: string | number
  readonly throws?: string
}

const golden = join(import.meta.dirname, '../../../../test/golden/java-dates.jsonl')
const cases = readFileSync(golden, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Case)
const zoneBefore = process.env.TZ
after(() => {
  if (zoneBefore === undefined) delete process.env.TZ
  else process.env.TZ = zoneBefore
})

for (const zone of new Set(cases.map((each) => each.zone))) {
  test(`Joda-Time's patterns parse in ${zone} as Java parses them`, () => {
    process.env.TZ = zone
    for (const { pattern, text, result, throws } of cases.filter(
      (each) => each.zone === zone && each.text !== undefined,
    )) {
      const told = `${pattern} of "${text}"`
      if (throws === undefined) assert.equal(compileJodaPattern(pattern).parse(text!), result, told)
      else assert.throws(() => compileJodaPattern(pattern).parse(text!), { message: throws }, told)
    }
  })

  test(`SimpleDateFormat's patterns print in ${zone} as Java prints them, by the zone's name and as the own zone`, () => {
    process.env.TZ = zone
    for (const { pattern, ms, result, throws } of cases.filter((each) => each.zone === zone && each.ms !== undefined)) {
      const told = `${pattern} of ${ms}`
      if (throws !== undefined)
        assert.throws(() => compileJavaDateFormat(pattern), { name: 'DateFormatError', message: throws }, told)
      else {
        assert.equal(compileJavaDateFormat(pattern).format(ms!, zone), result, told)
        assert.equal(compileJavaDateFormat(pattern).format(ms!), result, told)
      }
    }
  })
}
