import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** How the network between here and a peer fails; one-way drops are said from here. */
export type Cut = 'link' | 'requests' | 'replies'

export const cuts: readonly Cut[] = ['link', 'requests', 'replies']

/** For `skipUnless`: network namespaces need root and iproute2. */
export const namespaces = {
  name: 'network namespaces',
  missing: async (): Promise<string | undefined> => {
    if (process.getuid?.() !== 0) return 'only root makes network namespaces'
    const script =
      'ip link set lo up && ip link add here type veth peer name there && ss -V && nsenter --version && tc -V'
    const { status } = spawnSync('unshare', ['--net', 'sh', '-c', script], { timeout: 30_000 })
    return status === 0 ? undefined : 'unshare, nsenter, ip, ss and tc do not make one here'
  },
}

/**
 * A network namespace that is joined with this one by a pair of virtual cables. It ends with this process: a program that
 * waits for the end of its input holds it.
 */
export class Peer {
  /** Its address, and that of this side. */
  readonly address: string
  readonly here: string
  readonly device: string
  readonly #holder: ChildProcess
  readonly #pid: string

  private constructor(index: number, holder: ChildProcess) {
    this.address = `10.77.${index}.2`
    this.here = `10.77.${index}.1`
    this.device = `peer${index}`
    this.#holder = holder
    this.#pid = String(holder.pid)
  }

  static async make(): Promise<Peer> {
    const holder = spawn('unshare', ['--net', 'cat'], { stdio: ['pipe', 'ignore', 'ignore'] })
    await once(holder, 'spawn')
    const peer = new Peer(made++, holder)
    await peer.#untilApart()
    ip('link', 'add', peer.device, 'type', 'veth', 'peer', 'name', 'there', 'netns', peer.#pid)
    ip('addr', 'add', `${peer.here}/30`, 'dev', peer.device)
    ip('link', 'set', peer.device, 'up')
    peer.#ip('addr', 'add', `${peer.address}/30`, 'dev', 'there')
    peer.#ip('link', 'set', 'there', 'up')
    peer.#ip('link', 'set', 'lo', 'up')
    return peer
  }

  /** Before a command: it runs there, as the same process. */
  get prefix(): readonly string[] {
    return ['nsenter', '-t', this.#pid, '-n']
  }

  cut(how: Cut): void {
    if (how === 'link') this.#ip('link', 'set', 'there', 'down')
    else if (how === 'requests') ip('route', 'add', 'blackhole', `${this.address}/32`)
    else this.#ip('route', 'add', 'blackhole', `${this.here}/32`)
  }

  heal(how: Cut): void {
    if (how === 'link') this.#ip('link', 'set', 'there', 'up')
    else if (how === 'requests') ip('route', 'del', 'blackhole', `${this.address}/32`)
    else this.#ip('route', 'del', 'blackhole', `${this.here}/32`)
  }

  /** All connections from here to there; the other side gets a RST where one can reach it. */
  reset(): void {
    run('ss', '-K', 'dst', this.address)
  }

  /** Of both directions, and loses what does not fit into a queue of so many bytes. */
  limit(rate: string, queueBytes: number): void {
    const bucket = ['root', 'tbf', 'rate', rate, 'burst', '4kb', 'limit', String(queueBytes)]
    run('tc', 'qdisc', 'replace', 'dev', this.device, ...bucket)
    run(...this.prefix, 'tc', 'qdisc', 'replace', 'dev', 'there', ...bucket)
  }

  unlimit(): void {
    run('tc', 'qdisc', 'del', 'dev', this.device, 'root')
    run(...this.prefix, 'tc', 'qdisc', 'del', 'dev', 'there', 'root')
  }

  end(): void {
    this.#holder.stdin?.end()
  }

  #ip(...args: readonly string[]): void {
    run(...this.prefix, 'ip', ...args)
  }

  /** The process is there a moment before its namespace is. */
  async #untilApart(): Promise<void> {
    const own = readlinkSync('/proc/self/ns/net')
    for (let attempt = 0; attempt < 500; attempt++) {
      if (readlinkSync(`/proc/${this.#pid}/ns/net`) !== own) return
      await sleep(10)
    }
    throw new Error('the process that holds a network namespace did not get one of its own within 5 s')
  }
}

/** Each has a name and addresses of its own. */
let made = 0

function ip(...args: readonly string[]): void {
  run('ip', ...args)
}

function run(command = '', ...args: readonly (string | undefined)[]): void {
  execFileSync(
    command,
    args.filter((arg) => arg !== undefined),
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
}
