import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../packages/flumen/src/testing/disk/random.ts'
import { temporaryDirectory, waitUntil } from '../../servers/server.ts'
import type { DriverOptions } from './channel-driver.ts'
import { ChannelLoad } from './channel-load.ts'
import { command, mountNew, startProgram } from './faults.ts'
import { faultsOf, judge, type Verdict } from './oracle.ts'

export interface PowerCuts {
  readonly verdict: Verdict
  readonly faults: readonly string[]
}

/**
 * Takes the file system away under a channel at work, as a power cut does: nothing that was not synced reaches the device
 * any more. Then it is mounted again, with the journal of the kernel, and everything is held against the ledgers.
 */
export async function cutPower(kind: 'ext4' | 'xfs', rounds: number, seed: number): Promise<PowerCuts> {
  using home = temporaryDirectory('power')
  using disk = mountNew(home.path, kind, 400)
  const random = new Random(seed)
  const options: DriverOptions = {
    seed,
    directory: join(disk.path, 'channel'),
    ledgers: join(home.path, 'ledgers'),
    producers: 3,
    batchEvents: 20,
    eventBytes: 200,
    segmentBytes: 65_536,
    checkpointIntervalMs: 100,
    tendIntervalMs: 50,
    batches: 1_000_000,
    deadlineMs: 60_000,
  }
  for (let round = 0; round < rounds; round++) {
    const { child, ended, output } = startProgram('channel-driver.ts', [JSON.stringify(options)])
    // Some cuts come while it starts.
    if (random.chance(0.2)) await sleep(random.below(400))
    else {
      await waitUntil('the driver is open', () => (output().includes('open') ? true : undefined))
      await sleep(random.below(400))
    }
    shutDown(disk.path)
    child.kill('SIGKILL')
    await ended
    disk.remount()
  }
  await using load = new ChannelLoad(options)
  await load.open()
  await load.drain(20, () => load.account.buffered > 0)
  await load.close()
  const verdict = judge(load.trial)
  // An acknowledgement is durable with the next put: what was taken since then comes again.
  return { verdict, faults: faultsOf(verdict, Number.POSITIVE_INFINITY) }
}

/** EXT4_IOC_SHUTDOWN, which XFS has too, without flushing the journal. */
function shutDown(directory: string): void {
  const program = 'import fcntl,os,struct,sys;fcntl.ioctl(os.open(sys.argv[1],0),0x8004587d,struct.pack("I",2))'
  command('python3', ['-c', program, directory])
}
