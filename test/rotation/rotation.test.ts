import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { skipUnless } from '../../servers/server.ts'
import { strace } from '../reliability/faults.ts'
import { faultsOf, hardships, rotationsOfShortRun as rotations } from './campaign.ts'
import { tortureRotation } from './torture.ts'

const seed = Number(process.env.FLUMEN_SEED ?? Math.floor(Math.random() * 2 ** 30))

for (const { kills, hindrance } of hardships) {
  const circumstances = `${kills} kills${hindrance ? ` and ${hindrance}` : ''}`
  test(`under every kind of rotation nothing is lost, with ${circumstances}`, async (context: TestContext) => {
    if (process.platform !== 'linux') return context.skip('without Linux: it does not tell which files are open')
    if (hindrance === 'no births' && !(await skipUnless(context, strace))) return
    context.diagnostic(`FLUMEN_SEED=${seed}`)
    const report = await tortureRotation({ seed, writers: 4, rotations, kills, hindrance })
    if (report.evidence !== undefined) context.diagnostic(report.evidence)
    assert.deepEqual(faultsOf(report), [])
    assert.equal(report.kills, kills)
    assert.ok(report.rotations >= rotations)
  })
}
