import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Range } from '../core/ranges.ts'
import { Random } from '../testing/disk/random.ts'
import { SimulatedDisk } from '../testing/disk/simulated-disk.ts'
import { groupOf, logOptions, readAll, textsOf } from '../testing/log-bench.ts'
import { StorageError } from './errors.ts'
import { DiskError } from './files.ts'
import { Log } from './log.ts'

const seed = Number(process.env.FLUMEN_SEED ?? 1)
const cursors = ['one', 'two'] as const

for (const faults of [false, true]) {
  test(`the log holds what a plain array holds${faults ? ', on a disk that fails now and then' : ''}`, (context) => {
    for (let round = 0; round < 120; round++) {
      const model = new Model(seed * 10_000 + round, faults)
      for (let step = 0; step < 60; step++) model.step()
      model.end()
    }
    context.diagnostic(`seed ${seed}`)
  })
}

interface StoredEvent {
  readonly position: number
  readonly text: string
  /** Cursors that have acknowledged it. */
  readonly done: Set<string>
}

interface LimboPut {
  readonly position: number
  readonly texts: readonly string[]
  readonly producer: string
  readonly last: number
}

/** The log beside an array of what it is to hold. */
class Model {
  readonly #disk = new SimulatedDisk({ directories: ['/data', '/checkpoint'] })
  readonly #random: Random
  readonly #faults: boolean
  readonly #where: string
  #events: StoredEvent[] = []
  #producers = new Map<string, number>()
  #log: Log | undefined
  /** Puts that failed: after a kill they may be there all the same, until another one succeeds. */
  #limbo: LimboPut[] = []
  #written = 0

  constructor(seed: number, faults: boolean) {
    this.#random = new Random(seed)
    this.#faults = faults
    this.#where = `seed ${seed}`
  }

  step(): void {
    const random = this.#random
    if (this.#faults && random.chance(0.15)) {
      const call = random.pick([
        'write',
        'sync',
        'create',
        'rename',
        'unlink',
        'syncDirectory',
        'truncate',
        'read',
      ] as const)
      this.#disk.failNext(call, random.pick(['EIO', 'ENOSPC']), {
        shortWrite: random.below(3000),
        after: random.below(3),
      })
    }
    const choices = [
      () => this.#put(),
      () => this.#put(),
      () => this.#put(),
      () => this.#take(),
      () => this.#take(),
      () => this.#open().tend(),
      () => this.#open().checkpoint(),
      () => this.#restart(),
    ]
    try {
      random.pick(choices)()
    } catch (error) {
      if (!(this.#faults && (error instanceof StorageError || error instanceof DiskError))) throw error
    }
  }

  /** Everything is taken, and a last start finds nothing. */
  end(): void {
    this.#disk.clearFaults()
    this.#restart()
    this.#compare()
    const log = this.#open()
    for (const cursor of cursors) {
      log.commit(groupOf([], [{ cursor, ranges: [[0, log.state.nextPosition]] }]))
    }
    log.tend()
    log.tend()
    assert.ok(log.status.segments <= 2, `${this.#where}: ${log.status.segments} segments are left`)
    log.close()
    this.#log = undefined
    for (const event of this.#events) for (const cursor of cursors) event.done.add(cursor)
    this.#compare()
  }

  #open(): Log {
    if (this.#log) return this.#log
    this.#log = Log.open(logOptions(this.#disk, { cursors }))
    const { damages } = this.#log.recovery
    assert.deepEqual(
      damages.filter(({ events }) => events > 0),
      [],
      this.#where,
    )
    if (!this.#faults) assert.deepEqual(damages, [], this.#where)
    return this.#log
  }

  #put(): void {
    const random = this.#random
    const log = this.#open()
    const puts = Array.from({ length: 1 + random.below(4) }, () =>
      Array.from({ length: 1 + random.below(5) }, () => `${this.#written++} `.padEnd(random.below(400), 'x')),
    )
    const origins = puts.map((texts) => {
      const producer = random.pick(['a', 'b'])
      const first = this.#producers.get(producer) ?? 0
      this.#producers.set(producer, first + texts.length)
      return { producer, first, last: first + texts.length - 1 }
    })
    const expected = log.state.nextPosition
    const before = new Map([...this.#producers].map(([name]) => [name, log.state.producer(name).total]))
    try {
      let position = log.commit(groupOf(puts, [], origins))
      this.#limbo = []
      for (const text of puts.flat()) this.#events.push({ position: position++, text, done: new Set() })
    } catch (error) {
      let position = expected
      for (const [index, texts] of puts.entries()) {
        this.#limbo.push({ position, texts, producer: origins[index]!.producer, last: origins[index]!.last })
        position += texts.length
      }
      // None of it counts.
      for (const [name, total] of before) assert.equal(log.state.producer(name).total, total)
      for (const { producer, first } of origins.toReversed()) this.#producers.set(producer, first)
      throw error
    }
    for (const { producer, first, last } of origins) assert.ok(log.state.producer(producer).covers(first, last + 1))
  }

  /** Reads, and acknowledges all, a part, or nothing of it, which is a rollback. */
  #take(): void {
    const random = this.#random
    const log = this.#open()
    const cursor = random.pick(cursors)
    const from = random.below(2) * random.below(log.state.nextPosition)
    const wanted = this.#events.filter(({ position, done }) => position >= from && !done.has(cursor))
    const result = log.read(cursor, from, 1 + random.below(4000))
    const read = textsOf(result)
    assert.deepEqual(log.takeDamages(), [], this.#where)
    assert.deepEqual(
      [...read],
      wanted.slice(0, read.size).map(({ position, text }) => [position, text]),
      this.#where,
    )
    assert.ok(read.size > 0 || wanted.length === 0, `${this.#where}: nothing came of ${wanted.length}`)
    if (random.chance(0.3)) return
    const share = random.pick([1, 1, 0.5])
    const taken = wanted.slice(0, read.size).filter(() => random.chance(share))
    const ranges = taken.map(({ position }): Range => [position, position + 1])
    // They count whether they can be written or not.
    for (const event of taken) event.done.add(cursor)
    log.commit(groupOf([], [{ cursor, ranges }]))
  }

  /** By a stop or a kill: nothing is lost then but acknowledgements, where the disk does not do what it should. */
  #restart(): void {
    const log = this.#open()
    this.#log = undefined
    let isWell = log.status.failure === undefined && !log.status.hasUnsavedAcknowledgements
    if (this.#random.chance(0.5)) {
      try {
        log.close()
        isWell = true
      } catch (error) {
        if (!this.#faults) throw error
        isWell = false
      }
    }
    if (!isWell) this.#forgetAcknowledgements()
    this.#compare()
  }

  /** What could not be written comes again. */
  #forgetAcknowledgements(): void {
    this.#disk.clearFaults()
    for (const cursor of cursors) {
      const found = readAll(this.#open(), cursor)
      for (const { position, text, done } of this.#events) {
        if (found.get(position) === text) done.delete(cursor)
      }
    }
  }

  #compare(): void {
    this.#disk.clearFaults()
    const log = this.#open()
    this.#adopt(log)
    for (const cursor of cursors) {
      const wanted = this.#events.filter(({ done }) => !done.has(cursor))
      assert.deepEqual(
        [...readAll(log, cursor)],
        wanted.map(({ position, text }) => [position, text]),
        this.#where,
      )
    }
    for (const [name, next] of this.#producers) {
      assert.deepEqual(log.state.producer(name).ranges, next > 0 ? [[0, next]] : [], this.#where)
    }
    this.#events = this.#events.filter(({ done }) => done.size < cursors.length)
  }

  #adopt(log: Log): void {
    if (this.#limbo.length === 0) return
    const found = readAll(log, cursors[0])
    for (const { position, texts, producer, last } of this.#limbo) {
      if (found.get(position) !== texts[0]) continue
      for (const [row, text] of texts.entries()) this.#events.push({ position: position + row, text, done: new Set() })
      this.#producers.set(producer, last + 1)
    }
    this.#limbo = []
  }
}
