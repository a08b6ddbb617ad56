/** A bug as a change of the text of a file below packages/flumen/src/storage. */
export interface PlantedBug {
  readonly name: string
  readonly file: string
  readonly from: string
  readonly to: string
}

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'no fdatasync',
    file: 'segment-writer.ts',
    from: "this.#timed('sync', () => active.sync())",
    to: "this.#timed('sync', () => { active.isDirty = false })",
  },
  {
    name: 'a put is acknowledged before it is written',
    file: 'channel/group-writer.ts',
    from: 'answer = await port.write(',
    to: 'for (const { resolve } of group.waiting) resolve()\n      answer = await port.write(',
  },
  {
    name: 'no sync of the directory of a new segment',
    file: 'segment-store.ts',
    from: 'files.syncDirectory(directory)\n      return active',
    to: 'return active',
  },
  {
    name: 'a segment gets its name before its head is synced',
    file: 'segment-store.ts',
    from: '0)\n    file.sync()\n    const active',
    to: '0)\n    const active',
  },
  {
    name: 'a sync that failed is tried again',
    file: 'segment-writer.ts',
    from: "this.#timed('sync', () => active.sync())",
    to: "this.#timed('sync', () => { try { active.sync() } catch { active.sync() } })",
  },
  {
    name: 'a short write counts as a whole one',
    file: 'system-files.ts',
    from: 'while (rest.length > 0) {\n        // A full disk',
    to: 'if (rest.length > 0) {\n        // A full disk',
  },
  {
    name: 'a segment goes before it is durable that all of it is acknowledged',
    file: 'log.ts',
    from: 'const areSaved = this.#unsaved.isEmpty && this.#writer.secure()',
    to: 'const areSaved = true',
  },
  {
    name: 'checksums are not compared',
    file: 'format/salt.ts',
    from: 'return crc32(bytes, (salt ^ offset) >>> 0)',
    to: 'return bytes.length === 0 ? 0 : (salt ^ offset) >>> 0',
  },
  {
    name: 'the segment before is not synced when a new one is begun',
    file: 'segment-writer.ts',
    from: 'if (active.isDirty) this.sync(active, active.end)\n    this.#active = undefined',
    to: 'this.#active = undefined',
  },
  {
    name: 'positions are used again after a crash',
    file: 'log.ts',
    from: 'const positionJump = 2 ** 20',
    to: 'const positionJump = 0',
  },
  {
    name: 'what was written of a put that failed stays',
    file: 'active-segment.ts',
    from: 'this.#takeBack(bytes + endMarkBytes)\n      throw error',
    to: 'throw error',
  },
  {
    name: 'a tombstone is not synced',
    file: 'segment-store.ts',
    from: 'file.write([bytes], 0)\n      file.sync()\n      file.truncate(bytes.length)\n      file.sync()',
    to: 'file.write([bytes], 0)\n      file.truncate(bytes.length)',
  },
  {
    name: 'damage that reading finds is not told',
    file: 'log.ts',
    from: 'this.#damages.push(...damages)',
    to: 'void damages',
  },
  {
    name: 'acknowledgements are not written',
    file: 'log.ts',
    from: 'this.#unsaved.add(group.acknowledgements)\n',
    to: '\n',
  },
  {
    name: 'a tail that may not be durable is read after a crash',
    file: 'log.ts',
    from: 'if (doubtfulTail) this.#writer.rescue(doubtfulTail)',
    to: 'void doubtfulTail',
  },
  {
    name: 'a spare is written to before it is durable under that name',
    file: 'segment-store.ts',
    from: 'files.syncDirectory(directory)\n    // Not before',
    to: '// Not before',
  },
]
