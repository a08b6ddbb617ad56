import type { Headers } from '../core/event.ts'
import { type Field, type FieldFacts, type FieldRow, type Fields, type OptionsOf, readFields } from './field.ts'

const plain = {
  required: false,
  defaultText: undefined,
  unit: undefined,
  constraint: undefined,
  onInvalid: 'refuse',
  aliases: [],
  ignored: undefined,
} as const

/** What a declaration may say of a field that reads several keys. */
export interface StructureOptions {
  readonly doc: string
  /** The keys are accepted for compatibility and do nothing: why. */
  readonly ignored?: string
}

/** The fields that read several keys. */
export const structureFields = {
  /** All keys below a name, as they stand: `headers.web.color` under `headers` gives `web.color`. */
  prefix(spec: StructureOptions & { readonly placeholder?: string }): Field<Headers> {
    const facts: FieldFacts = { ...plain, kind: 'keys', doc: spec.doc, ignored: spec.ignored }
    return {
      ...facts,
      keys: (name) => [`${name}.*`],
      read: (section, name) => {
        const values = new Map<string, string>()
        for (const { rest, value, key } of section.takeBelow(name)) {
          values.set(rest, value)
          if (spec.ignored)
            section.note(`${name}.${rest}`, `${name}.${rest} does nothing here: ${spec.ignored}`, `remove ${key}`)
        }
        return values
      },
      schema: (name) => ({
        patternProperties: { [`^${name}\\..+$`]: { description: spec.doc } },
        properties: { [name]: { type: 'object', description: spec.doc } },
      }),
      rows: (name) => [{ ...facts, key: `${name}.<${spec.placeholder ?? 'key'}>` }],
    }
  },

  /** Fields below a name: `sink.pathManager.prefix`. */
  group<const F extends Fields>(spec: { readonly doc: string; readonly fields: F }): Field<OptionsOf<F>> {
    return {
      ...plain,
      kind: 'group',
      doc: spec.doc,
      keys: (name) => keysBelow(spec.fields, name),
      read: (section, name) => readFields(spec.fields, section.below(name)),
      schema: (name) => schemasBelow(spec.fields, name),
      rows: (name) => Object.entries(spec.fields).flatMap(([key, field]) => field.rows(`${name}.${key}`)),
    }
  },

  /**
   * An active list with fields for each name: `serializers = s1 s2`, `serializers.s1.name = …`. Each comes with its
   * `name` in the list, unless it has a field of that name.
   */
  named<const F extends Fields>(
    spec: StructureOptions & { readonly fields: F; readonly required?: true },
  ): Field<readonly ({ readonly name: string } & OptionsOf<F>)[]> {
    const facts: FieldFacts = {
      ...plain,
      kind: 'list',
      doc: spec.doc,
      required: spec.required === true,
      constraint: 'names, separated by white space',
      ignored: spec.ignored,
    }
    return {
      ...facts,
      keys: (name) => [name, ...keysBelow(spec.fields, `${name}.*`)],
      read: async (section, name) => {
        const names = section.list(name) ?? []
        if (names.length === 0 && facts.required) {
          section.missing(name, `${section.key(name)} is needed`, `add ${section.key(name)} = name1 name2 …`)
        }
        const read: ({ name: string } & OptionsOf<F>)[] = []
        for (const each of names) {
          read.push({ name: each, ...(await readFields(spec.fields, section.below(`${name}.${each}`))) })
        }
        return read
      },
      schema: (name) => ({
        properties: {
          [name]: {
            description: spec.doc,
            anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }, { type: 'object' }],
          },
        },
        patternProperties: { [`^${name}\\..+$`]: {} },
      }),
      rows: (name): readonly FieldRow[] => [
        { ...facts, key: name },
        ...Object.entries(spec.fields).flatMap(([key, field]) => field.rows(`${name}.<name>.${key}`)),
      ],
    }
  },
}

function keysBelow(fields: Fields, prefix: string): string[] {
  return Object.entries(fields).flatMap(([name, field]) => field.keys(name).map((key) => `${prefix}.${key}`))
}

function schemasBelow(fields: Fields, prefix: string): ReturnType<Field<unknown>['schema']> {
  const properties: Record<string, unknown> = {}
  const patternProperties: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(fields)) {
    const schema = field.schema(name)
    for (const [key, value] of Object.entries(schema.properties ?? {})) properties[`${prefix}.${key}`] = value
    for (const [pattern, value] of Object.entries(schema.patternProperties ?? {})) {
      patternProperties[pattern.replace('^', `^${prefix}.`)] = value
    }
  }
  return { properties, patternProperties }
}
