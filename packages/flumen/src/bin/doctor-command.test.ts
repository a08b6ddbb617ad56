import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { endOf } from './channel-bench.ts'
import { CommandBench } from './command-bench.ts'

const program = [process.execPath, '--conditions=flumen-source', join(import.meta.dirname, 'flumen.ts')]

interface Said {
  readonly safe: boolean
  readonly checks: readonly {
    readonly name: string
    readonly verdict: string
    readonly missing?: number
    readonly acknowledged?: number
  }[]
}

describe('flumen doctor', () => {
  test('kills a process that writes, finds what it acknowledged, and leaves nothing behind', async (t) => {
    const bench = new CommandBench(t)
    const { status, out } = await endOf(bench.flumen(['doctor', '.', '--json'], { program }))
    const { checks, safe } = JSON.parse(out) as Said
    assert.equal(status, safe ? 0 : 1)
    assert.equal(safe, !checks.some(({ verdict }) => verdict === 'unsafe'))
    assert.deepEqual(
      checks.map(({ name }) => name),
      ['file system', 'room', 'lock', 'syncs', 'sequential', 'kill'],
    )
    const kill = checks.find(({ name }) => name === 'kill')
    assert.deepEqual([kill?.verdict, kill?.missing], ['ok', 0])
    assert.ok((kill?.acknowledged ?? 0) > 0)
    assert.equal(checks.find(({ name }) => name === 'lock')?.verdict, 'ok')
    assert.deepEqual(readdirSync('.'), [])
  })

  test('memory is unsafe, and so is a log that cannot be tried; status 1', async (t) => {
    if (!existsSync('/dev/shm')) {
      t.skip('there is no file system in memory here')
      return
    }
    const bench = new CommandBench(t)
    const { status, out } = await endOf(bench.flumen(['doctor', '/dev/shm'], { program: ['/bin/false'] }))
    assert.equal(status, 1)
    assert.match(out, /file system: UNSAFE +tmpfs/)
    assert.match(out, /kill: UNSAFE +the trial failed/)
    assert.match(out, /Events are NOT SAFE here/)
  })

  test('a directory that is not there is wrong usage', async (t) => {
    const { status, error } = await endOf(new CommandBench(t).flumen(['doctor', 'nowhere']))
    assert.deepEqual([status, /nowhere: there is no such directory/.test(error)], [2, true])
  })
})
