import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readlinkSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { waitUntil } from '../../servers/server.ts'

/** How the network between here and a peer fails; one-way drops are said from here. Of answers, connections can be made. */
export type Cut = 'link' | 'requests' | 'replies' | 'answers'

/** Where agents listen for others; answers come from there. */
export const servedPort = 4141

export const cuts: readonly Cut[] = ['link', 'requests', 'replies']

/** Programs of the packet filter: 2 drops a packet that has come, 0 lets it in. */
const dropAll = '1,6 0 0 2'

/** A random number, modulo 100, is below the share. */
function dropSome(percent: number): string {
  return `5,32 0 0 4294963256,148 0 0 100,53 1 0 ${percent},6 0 0 2,6 0 0 0`
}

/** Drops what carries data from this port; TCP in IPv4 without options behind the head of an Ethernet frame. */
function dropData(port: number): string {
  const length = '48 0 0 46,84 0 0 240,116 0 0 2,4 0 0 20,7 0 0 0,40 0 0 16'
  return `11,40 0 0 34,21 0 7 ${port},${length},29 0 1 0,6 0 0 0,6 0 0 2`
}

/** Packets that filters have seen, and those that they dropped. */
interface Filtered {
  readonly seen: number
  readonly dropped: number
}

/** @param statistics as `tc -s qdisc show` prints them */
function filteredIn(statistics: string): Filtered {
  const found = /clsact[\s\S]*? (\d+) pkt \(dropped (\d+),/.exec(statistics)
  if (!found) throw new Error(`tc tells no packets: ${statistics}`)
  return { seen: Number(found[1]), dropped: Number(found[2]) }
}

/** Of what comes in: what a filter drops on the way out is no loss, TCP here learns of it. */
function filterOf(verb: 'add' | 'del', device: string, program?: string): string[] {
  const what = program === undefined ? [] : ['protocol', 'ip', 'bpf', 'da', 'bytecode', program]
  return ['filter', verb, 'dev', device, 'ingress', ...what]
}

/** For `skipUnless`: network namespaces need root and iproute2. */
export const namespaces = {
  name: 'network namespaces',
  missing: async (): Promise<string | undefined> => {
    if (process.getuid?.() !== 0) return 'only root makes network namespaces'
    const script =
      'ip link set lo up && ip link add here type veth peer name there && ss -V && nsenter --version && ' +
      `tc qdisc add dev here clsact && tc ${filterOf('add', 'here', `'${dropAll}'`).join(' ')}`
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
  #isJoined = false

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
    run('tc', 'qdisc', 'add', 'dev', peer.device, 'clsact')
    peer.#tc('qdisc', 'add', 'dev', 'there', 'clsact')
    return peer
  }

  /** Peers reach each other through here, over the cables of both. */
  static join(peers: readonly Peer[]): void {
    writeFileSync('/proc/sys/net/ipv4/ip_forward', '1')
    for (const peer of peers) {
      peer.#isJoined = true
      peer.#routeOn()
    }
  }

  /** Before a command: it runs there, as the same process. */
  get prefix(): readonly string[] {
    return ['nsenter', '-t', this.#pid, '-n']
  }

  cut(how: Cut): void {
    if (how === 'link') this.#ip('link', 'set', 'there', 'down')
    else if (how === 'requests') this.#tc(...filterOf('add', 'there', dropAll))
    else run('tc', ...filterOf('add', this.device, how === 'replies' ? dropAll : dropData(servedPort)))
  }

  /** Cuts answers, and waits until one is lost: what it was for is done. Requests may be cut meanwhile. */
  async loseAnswer(): Promise<void> {
    const before = this.#filteredHere().dropped
    this.cut('answers')
    await waitUntil('an answer is lost', () => (this.#filteredHere().dropped > before ? true : undefined), 60_000)
  }

  heal(how: Cut): void {
    if (how === 'link') {
      this.#ip('link', 'set', 'there', 'up')
      if (this.#isJoined) this.#routeOn()
    } else if (how === 'requests') this.#tc(...filterOf('del', 'there'))
    else run('tc', ...filterOf('del', this.device))
  }

  /** All connections to there from here, or from another peer; the other side gets a RST where one can reach it. */
  reset(from?: Peer): void {
    run(...(from?.prefix ?? []), 'ss', '-K', 'dst', this.address)
  }

  /** All that there are to here; what they have sent and nobody has acknowledged goes with them. */
  resetThere(): void {
    run(...this.prefix, 'ss', '-K', 'dst', this.here)
  }

  /** Loses this share of the packets in both directions; a packet is one of the wire. */
  lose(percent: number): void {
    const whole = ['gso_max_segs', '1']
    ip('link', 'set', 'dev', this.device, ...whole)
    this.#ip('link', 'set', 'dev', 'there', ...whole)
    run('tc', ...filterOf('add', this.device, dropSome(percent)))
    this.#tc(...filterOf('add', 'there', dropSome(percent)))
  }

  loseNone(): void {
    run('tc', ...filterOf('del', this.device))
    this.#tc(...filterOf('del', 'there'))
  }

  /** In both directions. */
  filtered(): Filtered {
    const here = this.#filteredHere()
    const there = filteredIn(this.#tc('-s', 'qdisc', 'show', 'dev', 'there'))
    return { seen: here.seen + there.seen, dropped: here.dropped + there.dropped }
  }

  /** Of both directions; loses what does not fit into a queue of so many bytes. */
  limit(rate: string, queueBytes: number): void {
    const bucket = ['root', 'tbf', 'rate', rate, 'burst', '4kb', 'limit', String(queueBytes)]
    run('tc', 'qdisc', 'replace', 'dev', this.device, ...bucket)
    this.#tc('qdisc', 'replace', 'dev', 'there', ...bucket)
  }

  unlimit(): void {
    run('tc', 'qdisc', 'del', 'dev', this.device, 'root')
    this.#tc('qdisc', 'del', 'dev', 'there', 'root')
  }

  end(): void {
    this.#holder.stdin?.end()
  }

  /** It goes with the link. */
  #routeOn(): void {
    this.#ip('route', 'replace', 'default', 'via', this.here)
  }

  /** Of what came from there. */
  #filteredHere(): Filtered {
    return filteredIn(run('tc', '-s', 'qdisc', 'show', 'dev', this.device))
  }

  #ip(...args: readonly string[]): void {
    run(...this.prefix, 'ip', ...args)
  }

  #tc(...args: readonly string[]): string {
    return run(...this.prefix, 'tc', ...args)
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

/** @returns what it printed */
function run(command = '', ...args: readonly (string | undefined)[]): string {
  return execFileSync(
    command,
    args.filter((arg) => arg !== undefined),
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  )
}
