import type { Field, FoundFields } from './found-fields.ts'

/** The fields of a format that has always the same ones, by their place in the list. */
export class NamedFields {
  readonly #names: readonly string[]
  #fields: readonly (Field | undefined)[] = []
  #generation = -1

  constructor(names: readonly string[]) {
    this.#names = names
  }

  in(found: FoundFields): readonly (Field | undefined)[] {
    if (this.#generation !== found.generation) {
      this.#fields = this.#names.map((name) => found.field(name))
      this.#generation = found.generation
    }
    return this.#fields
  }
}
