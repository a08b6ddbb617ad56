import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type SourceContext, systemClock } from '../../../core/index.ts'
import { Copies, type Verdict } from './copies.ts'
import { factsOf } from './descriptors.ts'
import type { FileGroup } from './file-groups.ts'
import { TailSet } from './tail-set.ts'
import { beginning, TailedFile } from './tailed-file.ts'

class Bench {
  readonly set = new TailSet(systemClock)
  readonly #copies = new Copies({ clock: systemClock } as SourceContext, this.set)
  readonly #folder = fs.mkdtempSync(join(tmpdir(), 'flumen-twins-'))

  constructor(context: TestContext) {
    context.after(async () => {
      for (const file of this.set.files.values()) await file.close()
      fs.rmSync(this.#folder, { recursive: true })
    })
  }

  write(name: string, text: string): void {
    fs.writeFileSync(join(this.#folder, name), text)
  }

  /** @param bornNs when it was made, instead of what the system says */
  async follow(name: string, bornNs?: bigint): Promise<TailedFile> {
    const path = join(this.#folder, name)
    const facts = await factsOf(path)
    assert.ok(facts)
    const file = new TailedFile(facts, path, {} as FileGroup, beginning, systemClock.monotonic(), this.set.opened)
    file.see(facts, file.foundAt)
    this.set.add(file)
    assert.ok(await file.open(path))
    file.bornNs = bornNs ?? file.bornNs
    return file
  }

  judge(file: TailedFile): Promise<Verdict> {
    assert.ok(file.descriptor !== undefined)
    return this.#copies.judge(file, file.descriptor, file)
  }
}

test('a copy waits for its original also where that was empty when it was last seen', async (context) => {
  const bench = new Bench(context)
  bench.write('a.log', '')
  const original = await bench.follow('a.log')
  bench.write('a.log', 'one\n')
  bench.write('a.log.1', 'one\n')
  const copy = await bench.follow('a.log.1')
  assert.equal(original.size, 0)
  assert.equal(await bench.judge(copy), 'wait')
  assert.ok(bench.set.ready.has(original))
})

test('of two that are equal the older one is the original, whichever was found first', async (context) => {
  const bench = new Bench(context)
  for (const name of ['a.log.1', 'a.log.2']) bench.write(name, 'one\n')
  const copy = await bench.follow('a.log.1', 2n)
  const original = await bench.follow('a.log.2', 1n)
  assert.equal(await bench.judge(copy), 'wait')
  assert.equal(await bench.judge(original), 'new')
})

test('of two that are equal and as old as each other the one whose name says less of a rotation is the original', async (context) => {
  for (const [one, other] of [
    ['a.log', 'a.log.1'],
    ['a.log.1', 'a.log.2'],
    ['a.log.9', 'a.log.10'],
  ] as const) {
    const bench = new Bench(context)
    for (const name of [one, other]) bench.write(name, 'one\n')
    const copy = await bench.follow(other, 1n)
    const original = await bench.follow(one, 1n)
    assert.equal(await bench.judge(copy), 'wait', other)
    assert.equal(await bench.judge(original), 'new', one)
  }
})

test('a file that was found waits until all was looked at that had been heard of then, where it may be a copy', async (context) => {
  const bench = new Bench(context)
  const { rounds, ready } = bench.set
  bench.write('a.log.1', 'one\n')
  const copy = await bench.follow('a.log.1')
  copy.foundIn = rounds.find()
  assert.equal(await bench.judge(copy), 'new', 'nothing is like it')
  rounds.expect(['a.log.1', 'b.log'])
  assert.equal(await bench.judge(copy), 'new')
  rounds.expect(['a.log'])
  assert.equal(await bench.judge(copy), 'wait', 'it may be a copy of what is looked at next')
  rounds.seen('a.log')
  assert.equal(await bench.judge(copy), 'new')
  bench.write('a.log', 'two\n')
  await bench.follow('a.log')
  assert.equal(await bench.judge(copy), 'wait', 'there may be another one like it')
  ready.clear()
  await rounds.end(() => false)
  assert.equal(await bench.judge(copy), 'wait', 'the system has told of something meanwhile')
  await rounds.end(() => false)
  assert.ok(ready.has(copy))
  assert.equal(await bench.judge(copy), 'new')
})

test('a file that was found is judged at once where nothing happened meanwhile', async (context) => {
  const bench = new Bench(context)
  const { rounds } = bench.set
  for (const name of ['a.log', 'a.log.1']) bench.write(name, `${name}\n`)
  await bench.follow('a.log')
  const copy = await bench.follow('a.log.1')
  copy.foundIn = rounds.find()
  assert.equal(await bench.judge(copy), 'wait')
  await rounds.end(() => true)
  assert.equal(await bench.judge(copy), 'new')
})
