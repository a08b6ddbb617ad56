import type { Section } from './section.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

/** What every field says about itself. */
export interface FieldFacts {
  /** `int`, `duration`, …; the reference's column "type". */
  readonly kind: string
  /** One line: meaning and effect. */
  readonly doc: string
  readonly required: boolean
  /** The default as a person would write it; `undefined`: none. */
  readonly defaultText: string | undefined
  /** Unit of a bare number. */
  readonly unit: string | undefined
  /** What may be written, where that is not clear from the kind: `1 to 65535`, `oldest, youngest, random`. */
  readonly constraint: string | undefined
  /** Flume mends a bad value by its default and warns; otherwise a bad value is refused. */
  readonly onInvalid: 'default' | 'refuse'
  /** Other spellings of the key that are accepted. */
  readonly aliases: readonly string[]
  /** Set where the key is accepted and does nothing here: why. */
  readonly ignored: string | undefined
}

/** One documented, typed option of a component. `T` is what `create` gets. */
export interface Field<T> extends FieldFacts {
  /** Keys that it reads, `*` for any rest: `port`, `header.*`. */
  keys(name: string): readonly string[]
  /** Reads its value; every problem is reported on the section, nothing is thrown. */
  read(section: Section, name: string): T | Promise<T>
  /** Schema of the value, or of several properties where a field reads several keys. */
  schema(name: string): { readonly properties?: JsonSchema; readonly patternProperties?: JsonSchema }
  /** Rows of the reference table; a structure has one row a key. */
  rows(name: string): readonly FieldRow[]
}

export interface FieldRow extends FieldFacts {
  readonly key: string
}

// biome-ignore lint/suspicious/noExplicitAny: a table of fields of any types; OptionsOf gives each its own type back.
export type Fields = Readonly<Record<string, Field<any>>>

export type OptionsOf<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never }

/** What a declaration may say of a field; `D` is how its default is written. */
export interface FieldOptions {
  readonly doc: string
  readonly onInvalid?: 'default' | 'refuse'
  readonly aliases?: readonly string[]
  /** Says what the default is, where it is worked out at run time. */
  readonly defaultText?: string
  /** The key is accepted for compatibility and does nothing: why. */
  readonly ignored?: string
  /** Where it takes its value from when it is not set itself. */
  readonly global?: GlobalNames
}

/** Names of a default for the whole process: a system property (`-D`), or else a variable of the environment. */
export interface GlobalNames {
  readonly property: string
  readonly variable: string
}

/** A field with a default or a required one gives `T`; one without gives `T | undefined`. */
export interface Make<T, X = unknown, D = T> {
  (options: FieldOptions & X & { readonly default: D; readonly required?: never }): Field<T>
  (options: FieldOptions & X & { readonly required: true; readonly default?: never }): Field<T>
  (options: FieldOptions & X & { readonly default?: never; readonly required?: never }): Field<T | undefined>
}

/** Reads all fields of a section; what the section holds besides is left for the caller to find unknown. */
export async function readFields<F extends Fields>(fields: F, section: Section): Promise<OptionsOf<F>> {
  const options: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(fields)) {
    section.know(field.keys(name))
    options[name] = await field.read(section, name)
  }
  return options as OptionsOf<F>
}
