/** Groups that have taken part whenever the place that is parsed now is reached. */
export class CertainGroups {
  readonly #groups = new Set<number>()
  /** The same in the order of their closing. */
  readonly #order: number[] = []

  /** For {@link backTo}. */
  get mark(): number {
    return this.#order.length
  }

  has(group: number): boolean {
    return this.#groups.has(group)
  }

  add(group: number): void {
    if (this.#groups.has(group)) return
    this.#groups.add(group)
    this.#order.push(group)
  }

  /** Forgets the groups that were added since, and says which. */
  backTo(mark: number): readonly number[] {
    const since = this.#order.splice(mark)
    for (const group of since) this.#groups.delete(group)
    return since
  }
}
