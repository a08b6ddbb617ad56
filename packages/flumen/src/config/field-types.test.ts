import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Headers } from '../core/event.ts'
import type { JavaRegex } from '../text/java-regex.ts'
import type { OptionsOf } from './field.ts'
import { scalarFields } from './scalar-fields.ts'
import type { Secret } from './secret.ts'
import { structureFields } from './structure-fields.ts'

const field = { ...scalarFields, ...structureFields }

/** True only where two types are the same, `any`, optional and readonly members included. */
type Same<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false

/** Does not compile where the types differ. */
function expectSame<One, Other>(same: Same<One, Other>): void {
  assert.equal(same, true)
}

const doc = 'A field.'

test('a default or a required value gives the type, neither gives perhaps undefined', () => {
  const fields = {
    withDefault: field.int({ doc, default: 1 }),
    required: field.int({ doc, required: true }),
    optional: field.int({ doc }),
    withBounds: field.int({ doc, min: 1, max: 2 }),
  }
  expectSame<
    OptionsOf<typeof fields>,
    {
      readonly withDefault: number
      readonly required: number
      readonly optional: number | undefined
      readonly withBounds: number | undefined
    }
  >(true)
})

test('each kind of field gives its own type', () => {
  const fields = {
    string: field.string({ doc, default: '' }),
    number: field.number({ doc, default: 0.5 }),
    boolean: field.boolean({ doc, default: false }),
    duration: field.duration({ doc, unit: 's', default: 1 }),
    size: field.size({ doc, default: 1 }),
    list: field.list({ doc, default: [] }),
    path: field.path({ doc, required: true }),
    host: field.host({ doc }),
    port: field.port({ doc, required: true }),
    regex: field.regex({ doc, default: '.*' }),
    secret: field.secret({ doc }),
    prefix: field.prefix({ doc }),
  }
  expectSame<
    OptionsOf<typeof fields>,
    {
      readonly string: string
      readonly number: number
      readonly boolean: boolean
      readonly duration: number
      readonly size: number
      readonly list: readonly string[]
      readonly path: string
      readonly host: string | undefined
      readonly port: number
      readonly regex: JavaRegex
      readonly secret: Secret | undefined
      readonly prefix: Headers
    }
  >(true)
})

test('an enum gives the union of its words', () => {
  const fields = {
    withDefault: field.enum({ doc, values: ['a', 'b'], default: 'a' }),
    required: field.enum({ doc, values: ['a', 'b'], required: true }),
    optional: field.enum({ doc, values: ['a', 'b'] }),
  }
  expectSame<
    OptionsOf<typeof fields>,
    { readonly withDefault: 'a' | 'b'; readonly required: 'a' | 'b'; readonly optional: 'a' | 'b' | undefined }
  >(true)
})

test('groups and lists of names give objects', () => {
  const fields = {
    tls: field.group({ doc, fields: { port: field.port({ doc, required: true }), key: field.path({ doc }) } }),
    parts: field.named({ doc, fields: { width: field.int({ doc, default: 1 }) } }),
  }
  type Options = OptionsOf<typeof fields>
  expectSame<Options['tls'], { readonly port: number; readonly key: string | undefined }>(true)
  expectSame<Options['parts'][number]['width'], number>(true)
  expectSame<Options['parts'][number]['name'], string>(true)
})

test('what a declaration may not say does not compile', () => {
  const wrong = (): unknown => [
    // @ts-expect-error a default of another type
    field.int({ doc, default: '1' }),
    // @ts-expect-error required and a default
    field.int({ doc, default: 1, required: true }),
    // @ts-expect-error no line of documentation
    field.string({ default: '' }),
    // @ts-expect-error a duration has a unit
    field.duration({ doc, default: 1 }),
    // @ts-expect-error not a unit
    field.size({ doc, unit: 'KB' }),
    // @ts-expect-error not one of the words
    field.enum({ doc, values: ['a', 'b'], default: 'c' }),
    // @ts-expect-error a port has no bounds of its own
    field.port({ doc, min: 1 }),
  ]
  assert.equal(typeof wrong, 'function')
})
