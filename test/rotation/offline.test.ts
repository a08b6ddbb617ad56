import assert from 'node:assert/strict'
import * as fs from 'node:fs'
import { type TestContext, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { Random } from '../../packages/flumen/src/testing/disk/random.ts'
import { FollowedFolder, quietly } from '../support/followed-folder.ts'

const names = ['app.log', 'web.log', 'sys.log']

// Archives get the inode numbers of logs that were deleted just before, also of other ones.
for (let seed = 1; seed <= 16; seed++) {
  test(`logs that are packed, truncated and deleted while nobody follows them are not read again, seed ${seed}`, (context) =>
    rotateOffline(context, new Random(seed)))
}

async function rotateOffline(context: TestContext, random: Random): Promise<void> {
  const bench = new FollowedFolder(context)
  for (const name of names) {
    bench.append(name, Array.from({ length: 50 }, (_, line) => `line ${line} of ${name}\n`).join(''))
  }
  const first = await bench.start()
  await first.stored(150)
  await bench.stop()
  const fresh = inAnyOrder(random).flatMap((name) => rotate(bench, name, random))
  const second = await bench.start()
  await second.stored(fresh.length)
  await quietly()
  await quietly()
  assert.deepEqual(second.bodies().toSorted(), fresh.toSorted())
}

function inAnyOrder(random: Random): string[] {
  const left = [...names]
  return names.map(() => left.splice(random.below(left.length), 1)[0]!)
}

/** @returns lines that are there to be read now */
function rotate(bench: FollowedFolder, name: string, random: Random): string[] {
  const path = bench.path(name)
  const [ending, pack] = random.chance(0.5) ? (['gz', gzipSync] as const) : (['zst', zstdCompressSync] as const)
  const archive = `${path}.1.${ending}`
  const late = random.chance(0.5) ? `late in ${name}` : undefined
  const content = Buffer.concat([fs.readFileSync(path), Buffer.from(late ? `${late}\n` : '')])
  const ways = {
    pack() {
      fs.writeFileSync(archive, pack(content))
      fs.unlinkSync(path)
    },
    packElsewhere() {
      fs.unlinkSync(path)
      fs.writeFileSync(archive, pack(content))
    },
    copyAndTruncate() {
      fs.writeFileSync(archive, pack(content))
      fs.truncateSync(path)
    },
    renameAndPack() {
      fs.renameSync(path, `${path}.1`)
      fs.writeFileSync(archive, pack(content))
      fs.unlinkSync(`${path}.1`)
    },
    delete: () => fs.unlinkSync(path),
    leave: () => undefined,
  }
  const way = random.pick(Object.keys(ways) as (keyof typeof ways)[])
  ways[way]()
  const hasNew = way !== 'leave' && random.chance(0.5)
  if (hasNew) bench.append(name, `new in ${name}\n`)
  return [...(late && way !== 'leave' && way !== 'delete' ? [late] : []), ...(hasNew ? [`new in ${name}`] : [])]
}
