import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { appendedTo, type Doom, type Doomed, Ledger } from './ledger.ts'
import { Random } from './random.ts'
import { type Born, LogWriter } from './writer.ts'

export interface TortureOptions {
  readonly seed: number
  readonly writers: number
  /** So many times a log is rotated, over all writers. */
  readonly rotations: number
  /** So many times the reader is killed in the middle of it. */
  readonly kills: number
  readonly hindrance?: Hindrance | undefined
}

/**
 * Each put takes up to 20 ms; the reader stands still for three seconds, once in a hundred rotations; it may have
 * {@link fewDescriptors} open, so that nearly each file is closed and opened again; or besides that its system has no
 * statx(2), as before Linux 4.11 or in old containers, so that nobody tells when a file was made (with strace); or nobody
 * tells it of changes, as on a file system of the network, so that it looks once a second; or it takes three lines of a
 * file at a time with few descriptors, so that it is behind and what it has begun is renamed, copied, packed and deleted.
 */
export type Hindrance = 'slow puts' | 'stalls' | 'few descriptors' | 'no births' | 'polled' | 'few lines'

const withoutStatx = [
  ...['-D', '-f', '-qq', '--seccomp-bpf', '-o', '/dev/null'],
  ...['-e', 'trace=statx', '-e', 'inject=statx:error=ENOSYS'],
]

const fewDescriptors = 'maxOpenFiles=16'

const settingsOf: Record<Hindrance | 'none', readonly string[]> = {
  none: [],
  'slow puts': [],
  stalls: [],
  'few descriptors': [fewDescriptors],
  'no births': [fewDescriptors],
  polled: ['watch=false'],
  'few lines': [fewDescriptors, 'batchSize=3', 'maxBatchCount=1'],
}

const stallMs = 3000

export interface TortureReport {
  readonly written: number
  readonly rotations: number
  readonly kills: number
  readonly hindrance: Hindrance | undefined
  readonly lost: number
  readonly doomed: Doomed
  readonly corrupt: number
  /** Lines that came more than once. */
  readonly repeated: number
  /** Of those the lines of puts that were not the last ones before a kill. */
  readonly unexcused: number
  /** Most bytes of such lines between two kills. */
  readonly mostUnexcused: number
  /** Most lines of one put: a kill may repeat so many. */
  readonly largestPut: number
  /** Where lines are lost, corrupt, or twice without an excuse: which ones, and a folder with all that was said. */
  readonly evidence: string | undefined
}

/** Writers that rotate their logs in every way at once, a TAILDIR source that reads them and is killed now and then. */
export async function tortureRotation(options: TortureOptions): Promise<TortureReport> {
  const folder = fs.mkdtempSync(join(tmpdir(), 'flumen-rotation-'))
  const logs = join(folder, 'logs')
  fs.mkdirSync(logs)
  const ledger = new Ledger(join(folder, 'ledger'), options.writers)
  const agent = new Agent(folder, options.hindrance)
  const random = new Random(options.seed)
  const reader = {
    storedBelow: (writer: number) => ledger.storedBelow(writer),
    recordedBelow: (writer: number) => ledger.recordedBelow(writer),
    holds: (file: Born) => options.kills === 0 && agent.holds(file),
    knowsUnread: options.hindrance !== 'no births',
    doom: (writer: number, sequence: number, how: Doom) => ledger.doom(writer, sequence, how),
  }
  const writers = Array.from({ length: options.writers }, (_, number) => new LogWriter(number, logs, random, reader))
  let isKept = false
  try {
    await agent.start()
    const kills = await rotate(options, writers, random, ledger, agent)
    for (const writer of writers) writer.end()
    const written = writers.reduce((sum, each) => sum + each.written, 0)
    await allStored(ledger, written)
    await agent.stop()
    if (!agent.isUnderstood())
      throw new Error('the reader says of no file that it follows it; does it say it otherwise now?')
    ledger.read()
    const { stored, corrupt, repeated, unexcused, mostUnexcused, largestPut, doomed, torn, twice } = ledger
    const lost = written - stored - ledger.gone
    const isWhole = lost === 0 && corrupt === 0 && unexcused === 0
    isKept ||= !isWhole
    const missing = (): readonly string[] => ledger.missing(writers.map((each) => each.written))
    const evidence = isWhole ? undefined : JSON.stringify({ folder, missing: missing(), torn, twice })
    const { hindrance } = options
    const done = { written, rotations: rotationsOf(writers), kills, hindrance }
    return { ...done, lost, corrupt, repeated, unexcused, mostUnexcused, largestPut, doomed, evidence }
  } finally {
    await agent.kill()
    for (const writer of writers) writer.close()
    if (!isKept) fs.rmSync(folder, { recursive: true, force: true })
  }
}

async function rotate(
  options: TortureOptions,
  writers: readonly LogWriter[],
  random: Random,
  ledger: Ledger,
  agent: Agent,
): Promise<number> {
  let kills = 0
  let stalls = 0
  while (rotationsOf(writers) < options.rotations) {
    for (let step = random.below(30); step >= 0; step--) writers[random.below(writers.length)]?.step()
    ledger.read()
    await sleep(random.below(10) === 0 ? random.below(40) : 0)
    await untilNotFarBehind(writers, ledger)
    if (options.hindrance === 'stalls' && rotationsOf(writers) >= stalls * 100) {
      stalls++
      agent.stall()
    }
    if (rotationsOf(writers) * options.kills > (kills + 1) * options.rotations - options.rotations / 2) {
      if (kills >= options.kills) continue
      kills++
      await agent.kill()
      ledger.killed()
      writers[random.below(writers.length)]?.step()
      await agent.start()
    }
  }
  return kills
}

/** Logs are kept for longer than a reader needs: files do not go unread because it has no time at all. */
async function untilNotFarBehind(writers: readonly LogWriter[], ledger: Ledger): Promise<void> {
  const written = writers.reduce((sum, each) => sum + each.written, 0)
  for (let pause = 0; pause < 1000 && written - ledger.stored - ledger.gone > 3000; pause++) {
    for (const writer of writers) writer.truncate()
    await sleep(10)
    ledger.read()
  }
}

/** Until nothing more comes: ten seconds without a line while some are missing are a loss. */
async function allStored(ledger: Ledger, written: number): Promise<void> {
  let before = -1
  for (let quiet = 0; quiet < 100; quiet++) {
    ledger.read()
    if (ledger.stored + ledger.gone >= written) return
    if (ledger.stored !== before) quiet = 0
    before = ledger.stored
    await sleep(100)
  }
}

function rotationsOf(writers: readonly LogWriter[]): number {
  return writers.reduce((sum, { rotations }) => sum + rotations, 0)
}

/** The process that reads. */
class Agent {
  readonly #folder: string
  readonly #hindrance: Hindrance | undefined
  #process: ChildProcess | undefined
  #stall: NodeJS.Timeout | undefined
  readonly #followed = new Map<bigint, bigint>()
  /** So many bytes of what it said were taken in. */
  #heard = 0

  constructor(folder: string, hindrance: Hindrance | undefined) {
    this.#folder = folder
    this.#hindrance = hindrance
  }

  async start(): Promise<void> {
    const settings = [
      'filegroups=g',
      `filegroups.g=${join(this.#folder, 'logs')}/w\\d+\\.log(\\.\\d+(\\.gz|\\.zst)?)?`,
      `positionFile=${join(this.#folder, 'positions.json')}`,
    ]
    settings.push(...settingsOf[this.#hindrance ?? 'none'])
    const pace = this.#hindrance === 'slow puts' ? 'slow' : 'quick'
    const path = join(import.meta.dirname, 'tail-agent.ts')
    const how =
      this.#hindrance === 'no births'
        ? { execPath: 'strace', execArgv: [...withoutStatx, process.execPath, ...process.execArgv] }
        : {}
    const child = fork(path, [join(this.#folder, 'ledger'), pace, ...settings], how)
    this.#process = child
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error('the reader ended at its start'))),
    ])
  }

  async kill(): Promise<void> {
    await this.#end((child) => child.kill('SIGKILL'))
  }

  /** It goes on by itself after a while. */
  stall(): void {
    this.#process?.kill('SIGSTOP')
    this.#stall = setTimeout(() => this.#goOn(), stallMs)
  }

  async stop(): Promise<void> {
    this.#goOn()
    await this.#end((child) => child.send('stop'))
  }

  async #end(how: (child: ChildProcess) => void): Promise<void> {
    const child = this.#process
    clearTimeout(this.#stall)
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    how(child)
    await ended
  }

  #goOn(): void {
    clearTimeout(this.#stall)
    this.#process?.kill('SIGCONT')
  }

  /**
   * Open alone is not enough: a name that leads to another file by now is opened for a moment, and what is there then is
   * not followed yet.
   */
  holds({ ino, birthtimeNs }: Born): boolean {
    const folder = `/proc/${this.#process?.pid}/fd`
    if (!fs.existsSync(folder) || this.#process?.signalCode !== null) return false
    if (this.#followedAt(ino) < birthtimeNs / 1_000_000n) return false
    return fs.readdirSync(folder).some((name) => {
      try {
        return fs.statSync(join(folder, name), { bigint: true }).ino === ino
      } catch {
        return false
      }
    })
  }

  /** It has followed files, so it has said so; or else {@link holds} knows of none. */
  isUnderstood(): boolean {
    this.#listen()
    return this.#followed.size > 0
  }

  /** When a file with this inode number was last taken on, ms since 1970. */
  #followedAt(inode: bigint): bigint {
    this.#listen()
    return this.#followed.get(inode) ?? 0n
  }

  #listen(): void {
    const log = join(this.#folder, 'ledger.log')
    if (!fs.existsSync(log)) return
    const said = appendedTo(log, this.#heard).toString()
    const whole = said.slice(0, said.lastIndexOf('\n') + 1)
    this.#heard += Buffer.byteLength(whole)
    for (const [, at = '', of = ''] of whole.matchAll(/^(\d+) A file is followed\. .*"inode":"(\d+)"/gm)) {
      this.#followed.set(BigInt(of), BigInt(at))
    }
  }
}
