const freeBytes = 1_048_576
/** Beside its characters. */
const textBytes = 24

/**
 * What the rows of a request may take in memory, about: four times the request and 1 MiB. Where headers as objects would
 * take more they are read when somebody asks for them.
 */
export class HeaderBudget {
  #left: number

  /** @param spent bytes that the rows take without their headers */
  constructor(requestBytes: number, spent: number) {
    this.#left = 4 * requestBytes + freeBytes - spent
  }

  get isSpent(): boolean {
    return this.#left < 0
  }

  spend(bytes: number): void {
    this.#left -= bytes
  }

  /** For a text of so many bytes. */
  spendText(bytes: number): void {
    this.#left -= textBytes + bytes
  }
}

export function costOfTexts(texts: number, bytes: number): number {
  return texts * textBytes + bytes
}
