/** A bug as a change of the text of a file below packages/flumen/src. */
export interface PlantedBug {
  readonly name: string
  readonly file: string
  readonly from: string
  readonly to: string
  /** The one test that has to turn red; without it any of those of the log. */
  readonly test?: PlantedTest
}

export interface PlantedTest {
  /** In this folder. */
  readonly file: string
  /** What its title begins with. */
  readonly title: string
  /** It runs the package as it is published. */
  readonly isBuilt?: boolean
}

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'no fdatasync',
    file: 'storage/segment-writer.ts',
    from: "this.#timed('sync', () => active.sync())",
    to: "this.#timed('sync', () => { active.isDirty = false })",
  },
  {
    name: 'a put is acknowledged before it is written',
    file: 'storage/channel/group-writer.ts',
    from: 'answer = await port.write(',
    to: 'for (const { resolve } of group.waiting) resolve()\n      answer = await port.write(',
  },
  {
    name: 'no sync of the directory of a new segment',
    file: 'storage/segment-store.ts',
    from: 'files.syncDirectory(directory)\n      return active',
    to: 'return active',
  },
  {
    name: 'a segment gets its name before its head is synced',
    file: 'storage/segment-store.ts',
    from: '0)\n    file.sync()\n    const active',
    to: '0)\n    const active',
  },
  {
    name: 'a sync that failed is tried again',
    file: 'storage/segment-writer.ts',
    from: "this.#timed('sync', () => active.sync())",
    to: "this.#timed('sync', () => { try { active.sync() } catch { active.sync() } })",
  },
  {
    name: 'a short write counts as a whole one',
    file: 'storage/system-files.ts',
    from: 'while (rest.length > 0) {\n        // A full disk',
    to: 'if (rest.length > 0) {\n        // A full disk',
  },
  {
    name: 'a segment goes before it is durable that all of it is acknowledged',
    file: 'storage/log.ts',
    from: 'const areSaved = this.#unsaved.isEmpty && this.#writer.secure()',
    to: 'const areSaved = true',
  },
  {
    name: 'checksums are not compared',
    file: 'storage/format/salt.ts',
    from: 'return crc32(bytes, (salt ^ offset) >>> 0)',
    to: 'return bytes.length === 0 ? 0 : (salt ^ offset) >>> 0',
  },
  {
    name: 'the segment before is not synced when a new one is begun',
    file: 'storage/segment-writer.ts',
    from: 'if (active.isDirty) this.sync(active, active.end)\n    this.#active = undefined',
    to: 'this.#active = undefined',
  },
  {
    name: 'positions are used again after a crash',
    file: 'storage/log.ts',
    from: 'const positionJump = 2 ** 20',
    to: 'const positionJump = 0',
  },
  {
    name: 'what was written of a put that failed stays',
    file: 'storage/active-segment.ts',
    from: 'this.#takeBack(bytes + endMarkBytes)\n      throw error',
    to: 'throw error',
  },
  {
    name: 'a tombstone is not synced',
    file: 'storage/segment-store.ts',
    from: 'file.write([bytes], 0)\n      file.sync()\n      file.truncate(bytes.length)\n      file.sync()',
    to: 'file.write([bytes], 0)\n      file.truncate(bytes.length)',
  },
  {
    name: 'damage that reading finds is not told',
    file: 'storage/log.ts',
    from: 'this.#damages.push(...damages)',
    to: 'void damages',
  },
  {
    name: 'acknowledgements are not written',
    file: 'storage/log.ts',
    from: 'this.#unsaved.add(group.acknowledgements)\n',
    to: '\n',
  },
  {
    name: 'a tail that may not be durable is read after a crash',
    file: 'storage/log.ts',
    from: 'if (doubtfulTail) this.#writer.rescue(doubtfulTail)',
    to: 'void doubtfulTail',
  },
  {
    name: 'names that a start finds count as durable',
    file: 'storage/recovery.ts',
    from: 'unsureNames: wasStopped ? [] : segments',
    to: 'unsureNames: segments.length > 0 ? [] : segments',
  },
  {
    name: 'a spare is written to before it is durable under that name',
    file: 'storage/segment-store.ts',
    from: 'files.syncDirectory(directory)\n    // Not before',
    to: '// Not before',
  },
  {
    name: 'D1: a put is acknowledged before it is written',
    file: 'storage/channel/group-writer.ts',
    from: 'answer = await port.write(',
    to: 'for (const { resolve } of group.waiting) resolve()\n      answer = await port.write(',
    test: { file: 'crashes.test.ts', title: 'D1' },
  },
  {
    name: 'D2: a put is acknowledged before it is written',
    file: 'storage/channel/group-writer.ts',
    from: 'answer = await port.write(',
    to: 'for (const { resolve } of group.waiting) resolve()\n      answer = await port.write(',
    test: { file: 'kill-points.test.ts', title: 'D2' },
  },
  {
    name: 'D5: a sync that failed is tried again',
    file: 'storage/segment-writer.ts',
    from: "this.#timed('sync', () => active.sync())",
    to: "this.#timed('sync', () => { try { active.sync() } catch { active.sync() } })",
    test: { file: 'sync-failures.test.ts', title: 'D5' },
  },
  {
    name: 'D6: what had no room once is not tried again',
    file: 'storage/segment-writer.ts',
    from: 'if (this.#doubt) this.heal()\n    const',
    to: 'if (this.failure !== undefined) throw storageError(this.failure)\n    const',
    test: { file: 'full-disk.test.ts', title: 'D6: on a full disk' },
  },
  {
    name: 'D6: a write that failed counts as done',
    file: 'storage/segment-writer.ts',
    from: 'this.#suspect(active, active.end, error)\n      throw storageError(error)',
    to: 'this.#suspect(active, active.end, error)',
    test: { file: 'full-disk.test.ts', title: 'D6: with files that may not grow' },
  },
  {
    name: 'D6: what the disk refuses counts as done',
    file: 'storage/segment-writer.ts',
    from: 'work()\n    } finally {',
    to: 'work()\n    } catch {\n    } finally {',
    test: { file: 'full-disk.test.ts', title: 'D6: on a disk that has become read only' },
  },
  {
    name: 'D8: the log has no thread of its own',
    file: 'components/channels/make-log-channel.ts',
    from: "import { ThreadLogPort } from '../../storage/thread/thread-log-port.ts'",
    to: `import { systemFiles } from '../../storage/system-files.ts'
import { DirectLogPort } from '../../storage/thread/direct-log-port.ts'
class ThreadLogPort extends DirectLogPort { constructor(...given) { super(systemFiles, ...given) } }`,
    test: { file: 'stalls.test.ts', title: 'D8' },
  },
  {
    name: 'D10: nobody looks whether the directory is locked',
    file: 'storage/directory-lock.ts',
    from: "resolve(code === 0 ? 'locked' : 'taken')",
    to: "resolve('locked')",
    test: { file: 'two-agents.test.ts', title: 'D10' },
  },
  {
    name: 'D10: the file of the lock counts as the lock',
    file: 'storage/directory-lock.ts',
    from: 'const locked = await flock(descriptor)',
    to: "const locked = lockHolder(directory) ? 'taken' : await flock(descriptor)",
    test: { file: 'two-agents.test.ts', title: 'D10' },
  },
  {
    name: 'R1: a start reads all that is stored',
    file: 'storage/recovery.ts',
    from: '  const tail = checkpoint ? segments.findIndex(',
    to: '  if (segments.length > 0) return { index: 0, offset: firstRecordOffset }\n  const tail = checkpoint ? segments.findIndex(',
    test: { file: 'backlog.test.ts', title: 'R1' },
  },
  {
    name: 'R2: only the oldest segment is given up',
    file: 'storage/log.ts',
    from: '(all ? oldest : oldest.slice(0, 1))',
    to: 'oldest.slice(0, 1)',
    test: { file: 'backlog.test.ts', title: 'R2' },
  },
  {
    name: 'R5: all that waits is kept in memory',
    file: 'components/channels/make-log-channel.ts',
    from: 'hotBytes: options.memoryBudget',
    to: 'hotBytes: 1e12',
    test: { file: 'backlog.test.ts', title: 'R5', isBuilt: true },
  },
  {
    name: 'R7: the checkpoint of a stop leaves out what was acknowledged',
    file: 'storage/log.ts',
    from: 'state: this.#state,\n      segments: segments.map',
    to: 'state: Object.assign(new (this.#state.constructor as new () => LogState)(), { nextPosition: this.#state.nextPosition, nextSequence: this.#state.nextSequence }),\n      segments: segments.map',
    test: { file: 'crashes.test.ts', title: 'R7' },
  },
]

/** Where the place is gone that a bug is planted in, the bug has to be planted anew. @throws Error that says so */
export function withBug(text: string, { name, file, from, to }: PlantedBug): string {
  if (text.split(from).length !== 2) throw new Error(`${file} does not have the place of "${name}" exactly once`)
  return text.replace(from, () => to)
}
