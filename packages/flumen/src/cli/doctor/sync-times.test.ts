import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkFileSystem, type Device, mountIn } from './file-system.ts'
import { checkSyncs, summary } from './sync-times.ts'

const flash: Device = { isVirtual: false, isRotating: false, hasWriteCache: true }

function verdict(seconds: number, device: Device = flash): string {
  const times = summary([seconds, seconds, seconds])
  return checkSyncs(times, times, device).verdict
}

test('a sync at the speed of memory is unsafe on any device', () => {
  assert.equal(verdict(0.000_002), 'unsafe')
  assert.equal(verdict(0.000_03), 'ok')
  assert.equal(verdict(0.01), 'ok')
})

test('a sync that is faster than a turning disk can be is suspicious', () => {
  const turning = { ...flash, isRotating: true }
  assert.equal(verdict(0.000_2, turning), 'warning')
  assert.equal(verdict(0.006, turning), 'ok')
})

test('a sync that takes long is told', () => {
  const check = checkSyncs(summary([0.001, 0.001, 0.8]), summary([0.001]), flash)
  assert.equal(check.verdict, 'warning')
  assert.ok(check.lines.some((line) => line.includes('one took 800 ms')))
})

test('no verdict is given without saying that it cannot be proven', () => {
  for (const seconds of [0.000_001, 0.01]) {
    const times = summary([seconds])
    assert.match(checkSyncs(times, times, flash).lines.at(-1)!, /cannot be proven without pulling the plug/)
  }
})

const mounts = [
  '22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard',
  '30 22 0:25 / /tmp rw - tmpfs tmpfs rw',
  '31 22 0:26 / /srv/my\\040data rw - nfs4 host:/x rw',
  '32 22 8:1 / /srv rw - xfs /dev/sda1 rw,nobarrier',
].join('\n')

test('the mount of a path is the longest that holds it, by whole names', () => {
  assert.equal(mountIn(mounts, '/tmpfiles')?.type, 'ext4')
  assert.equal(mountIn(mounts, '/tmp')?.type, 'tmpfs')
  assert.equal(mountIn(mounts, '/tmp/a/b')?.type, 'tmpfs')
  assert.equal(mountIn(mounts, '/srv/my data/x')?.type, 'nfs4')
  assert.equal(mountIn('', '/'), undefined)
})

test('memory and mounts without barriers are unsafe; a network and the layer of a container are warnings', () => {
  const verdictOf = (path: string): string => checkFileSystem(mountIn(mounts, path)).verdict
  assert.deepEqual(['/', '/tmp', '/srv/my data', '/srv'].map(verdictOf), ['ok', 'unsafe', 'warning', 'unsafe'])
  const overlay = mountIn('1 0 0:1 / / rw - overlay overlay rw', '/')
  assert.equal(checkFileSystem(overlay).verdict, 'warning')
})
