import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { faultsOf } from './campaign.ts'
import { tortureRotation } from './torture.ts'

const seed = Number(process.env.FLUMEN_SEED ?? Math.floor(Math.random() * 2 ** 30))
const rotations = 200

for (const kills of [0, 4]) {
  const bound = kills === 0 ? 'each line is stored once' : 'a kill loses nothing and repeats one put at most'
  test(`under every kind of rotation ${bound}`, async (context: TestContext) => {
    if (process.platform !== 'linux') return context.skip('without Linux: it does not tell which files are open')
    context.diagnostic(`FLUMEN_SEED=${seed}`)
    const report = await tortureRotation({ seed, writers: 4, rotations, kills })
    assert.deepEqual(faultsOf(report), [])
    assert.equal(report.kills, kills)
    assert.ok(report.rotations >= rotations)
  })
}
