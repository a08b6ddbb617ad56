/** The place of a value in a {@link LinkedList}. One that was removed refers to nothing. */
export interface Link<T> {
  readonly value: T | undefined
}

interface Node<T> extends Link<T> {
  value: T | undefined
  previous: Node<T> | undefined
  next: Node<T> | undefined
}

/**
 * What is under way, in the order in which it began; each is removed in constant time. A Set does that too, but V8 moves
 * one to a new table every few changes, and a table that was left refers to the one that came after it. Once such a
 * table is old, all later ones live with it, and what stood in them, until V8 collects all: batches by the megabyte,
 * where they would have died young (docs/decisions/006).
 */
export class LinkedList<T> implements Iterable<T> {
  #first: Node<T> | undefined
  #last: Node<T> | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  get first(): T | undefined {
    return this.#first?.value
  }

  add(value: T): Link<T> {
    const node: Node<T> = { value, previous: this.#last, next: undefined }
    if (this.#last) this.#last.next = node
    else this.#first = node
    this.#last = node
    this.#size++
    return node
  }

  /** @param link that this list gave, and that was not removed */
  remove(link: Link<T>): void {
    const node = link as Node<T>
    const { previous, next } = node
    if (previous) previous.next = next
    else this.#first = next
    if (next) next.previous = previous
    else this.#last = previous
    node.value = node.previous = node.next = undefined
    this.#size--
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let node = this.#first; node; node = node.next) yield node.value as T
  }
}
