import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ChannelPlan } from '../../component/plan.ts'
import { dataDirectoriesOf, disksOf } from './disks.ts'

test('directories on one disk take all of it together, once', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flumen-plan-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const directories = ['a', 'b', 'c', 'd'].map((name) => join(folder, name))
  for (const directory of directories) mkdirSync(directory)
  const found = disksOf({ directories, minimumFree: 0 })
  assert.deepEqual(
    found?.map(({ share }) => share),
    [1],
  )
  assert.ok(found[0]!.room > 0)
  assert.equal(disksOf({ directories, minimumFree: Number.MAX_SAFE_INTEGER })?.[0]?.room, 0)
  assert.equal(disksOf({ directories: [...directories, join(folder, 'none')], minimumFree: 0 }), undefined)
})

test('a channel keeps files where it has the options for them; ~ is the home directory', () => {
  const plan = (options: object): ChannelPlan =>
    ({ options, declaration: { fields: options } }) as unknown as ChannelPlan
  assert.equal(dataDirectoriesOf(plan({ capacity: 1 }), '/srv'), undefined)
  assert.deepEqual(dataDirectoriesOf(plan({ dataDirs: ['~/data', 'x'], minimumRequiredSpace: 5 }), '/srv'), {
    directories: [join(homedir(), 'data'), '/srv/x'],
    minimumFree: 5,
  })
})
