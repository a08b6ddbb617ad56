import type { Field, Fields } from '../config/field.ts'
import type { Secret } from '../config/secret.ts'
import type { Headers } from '../core/event.ts'
import type { JavaRegex } from '../text/java-regex.ts'
import type { Nested } from './component-field.ts'
import type { Kind } from './kind.ts'

/** How a value of a field may be written in a program's configuration. */
export type WrittenValue<T> = [T] extends [Nested<Kind>]
  ? string | { readonly type: string; readonly [key: string]: unknown }
  : [T] extends [Secret | JavaRegex]
    ? string
    : [T] extends [Headers]
      ? Readonly<Record<string, unknown>>
      : [T] extends [boolean]
        ? boolean | string
        : [T] extends [number]
          ? number | string
          : [T] extends [string]
            ? T
            : [T] extends [readonly string[]]
              ? readonly string[] | string
              : unknown

/** The options of a component as a program writes them. What is needed is checked at the start, with the other problems. */
export type Written<D extends { readonly fields: Fields }> = {
  readonly [K in keyof D['fields']]?: D['fields'][K] extends Field<infer T> ? WrittenValue<NonNullable<T>> : never
}

/** A component that is not built in: a path, a package, a class name. Its options are checked at the start. */
export type AnyType = `${string}/${string}` | `${string}.${string}`

export interface PluginOptions {
  readonly type: AnyType
  readonly [key: string]: unknown
}
