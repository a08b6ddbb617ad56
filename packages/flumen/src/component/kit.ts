import { scalarFields } from '../config/scalar-fields.ts'
import { structureFields } from '../config/structure-fields.ts'
import { componentField } from './component-field.ts'

/** The fields that declarations are written with. */
export const field = { ...scalarFields, ...structureFields, component: componentField }

export type { Field, FieldRow, Fields, JsonSchema, OptionsOf } from '../config/field.ts'
export { Secret } from '../config/secret.ts'
export type { Section } from '../config/section.ts'
export type { Nested } from './component-field.ts'
export * from './declaration.ts'
export * from './kind.ts'
