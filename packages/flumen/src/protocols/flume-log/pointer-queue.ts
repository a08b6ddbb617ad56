/** Slots that are allocated at once. */
const chunkSize = 65_536
const leastIndex = 1024

/** Marks a slot whose pointer was taken out; no offset has this bit. */
const removedBit = 0x8000_0000

/**
 * Pointers (number of a log, offset in it) in order, each once: 8 bytes a pointer, and 4 to 10 more as long as single
 * ones can be found. Offsets stay below 2^31.
 */
export class PointerQueue {
  #files: Uint32Array[] = []
  #offsets: Uint32Array[] = []
  /** Slots in use, with those of pointers that were taken out. */
  #slots = 0
  #size = 0
  /** Slot + 1 by hash; 0 is free, -1 was freed. Undefined once nothing is looked for any more. */
  #index: Int32Array | undefined = new Int32Array(leastIndex)
  #indexed = 0

  get size(): number {
    return this.#size
  }

  /** Puts a pointer at the end; false: it is in the queue. */
  add(file: number, offset: number): boolean {
    if (this.#find(file, offset) >= 0) return false
    const slot = this.#slots++
    const chunk = Math.floor(slot / chunkSize)
    if (chunk === this.#files.length) {
      this.#files.push(new Uint32Array(chunkSize))
      this.#offsets.push(new Uint32Array(chunkSize))
    }
    this.#files[chunk]![slot % chunkSize] = file
    this.#offsets[chunk]![slot % chunkSize] = offset
    this.#size++
    this.#enter(slot, file, offset)
    return true
  }

  has(file: number, offset: number): boolean {
    return this.#find(file, offset) >= 0
  }

  /** Takes a pointer out, wherever it stands; false: it is not in the queue. */
  remove(file: number, offset: number): boolean {
    const position = this.#find(file, offset)
    if (position < 0) return false
    const slot = this.#index![position]! - 1
    this.#index![position] = -1
    this.#offsets[Math.floor(slot / chunkSize)]![slot % chunkSize]! |= removedBit
    this.#size--
    if (this.#slots > chunkSize && this.#size * 2 < this.#slots) this.#compact()
    return true
  }

  /** Nothing is added or removed from now on; gives memory back. */
  freeze(): void {
    if (this.#size < this.#slots) this.#compact()
    this.#index = undefined
  }

  /** Of a frozen queue. */
  fileAt(position: number): number {
    return this.#files[Math.floor(position / chunkSize)]![position % chunkSize]!
  }

  /** Of a frozen queue. */
  offsetAt(position: number): number {
    return this.#offsets[Math.floor(position / chunkSize)]![position % chunkSize]!
  }

  /** The index position of a pointer; -1: it is not here. */
  #find(file: number, offset: number): number {
    const index = this.#index
    if (index === undefined) throw new Error('The queue is frozen.')
    const mask = index.length - 1
    for (let position = hash(file, offset) & mask; ; position = (position + 1) & mask) {
      const entry = index[position]!
      if (entry === 0) return -1
      if (entry > 0 && this.offsetAt(entry - 1) === offset && this.fileAt(entry - 1) === file) return position
    }
  }

  #enter(slot: number, file: number, offset: number): void {
    if (this.#index === undefined) return
    if ((this.#indexed + 1) * 5 > this.#index.length * 4) {
      this.#compact()
      return
    }
    const mask = this.#index.length - 1
    let position = hash(file, offset) & mask
    while (this.#index[position] !== 0) position = (position + 1) & mask
    this.#index[position] = slot + 1
    this.#indexed++
  }

  /** Makes the index anew, with room for as many again as needed below a load of four fifths. */
  #reindex(): void {
    let length = leastIndex
    while (this.#size * 8 > length * 5) length *= 2
    const index = new Int32Array(length)
    const mask = length - 1
    for (let slot = 0; slot < this.#slots; slot++) {
      const offset = this.offsetAt(slot)
      if (offset >= removedBit) continue
      let position = hash(this.fileAt(slot), offset) & mask
      while (index[position] !== 0) position = (position + 1) & mask
      index[position] = slot + 1
    }
    this.#index = index
    this.#indexed = this.#size
  }

  #compact(): void {
    let kept = 0
    for (let slot = 0; slot < this.#slots; slot++) {
      const offset = this.offsetAt(slot)
      if (offset >= removedBit) continue
      this.#files[Math.floor(kept / chunkSize)]![kept % chunkSize] = this.fileAt(slot)
      this.#offsets[Math.floor(kept / chunkSize)]![kept % chunkSize] = offset
      kept++
    }
    this.#slots = kept
    const chunks = Math.ceil(kept / chunkSize)
    this.#files.length = chunks
    this.#offsets.length = chunks
    this.#reindex()
  }
}

function hash(file: number, offset: number): number {
  let value = Math.imul(file, 0x9e37_79b1) ^ offset
  value = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2_ae35)
  return (value ^ (value >>> 16)) >>> 0
}
