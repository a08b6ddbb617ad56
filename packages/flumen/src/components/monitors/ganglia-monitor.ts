import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { hostname } from 'node:os'
import { flumeAttributes } from '../../component/flume-attributes.ts'
import { type Monitor, type MonitorContext, messageOf } from '../../core/index.ts'
import { hostAndPort } from '../../net/address.ts'
import { packet30, packets31 } from './ganglia-packets.ts'

export interface GangliaOptions {
  readonly targets: readonly { readonly host: string; readonly port: number }[]
  readonly everyMs: number
  readonly isGanglia3: boolean
}

type Target = GangliaOptions['targets'][number]

/** Sends all attributes of Flume to each target, then again after a while; a target that cannot be reached is left out. */
export class GangliaMonitor implements Monitor {
  readonly #options: GangliaOptions
  readonly #context: MonitorContext
  readonly #stopped = new AbortController()
  /** Targets of which the log has said that they cannot be reached. */
  readonly #unreachable = new Set<Target>()
  #loop: Promise<void> | undefined

  constructor(options: GangliaOptions, context: MonitorContext) {
    this.#options = options
    this.#context = context
  }

  get address(): string {
    return `ganglia://${this.#options.targets.map(({ host, port }) => hostAndPort(host, port)).join(',')}`
  }

  async start(): Promise<void> {
    this.#loop = this.#run().catch((error: unknown) => {
      if (!this.#stopped.signal.aborted) this.#context.fail(error)
    })
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#loop
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped
    while (!signal.aborted) {
      await this.#send()
      await this.#context.clock.sleep(this.#options.everyMs, signal)
    }
  }

  async #send(): Promise<void> {
    const packets = this.#packets()
    for (const target of this.#options.targets) {
      try {
        await this.#sendTo(target, packets)
        this.#unreachable.delete(target)
      } catch (error) {
        if (this.#unreachable.has(target)) continue
        this.#unreachable.add(target)
        const facts = { target: hostAndPort(target.host, target.port), error: messageOf(error) }
        this.#context.log.warn('Ganglia cannot be reached; its metrics are tried again with the next ones.', facts)
      }
    }
  }

  #packets(): readonly Buffer[] {
    const packets: Buffer[] = []
    for (const [component, attributes] of flumeAttributes(this.#context.read())) {
      for (const [attribute, value] of Object.entries(attributes)) {
        const metric = { hostname: hostname(), name: `flume.${component}.${attribute}`, value }
        if (this.#options.isGanglia3) packets.push(packet30(metric))
        else packets.push(...packets31(metric))
      }
    }
    return packets
  }

  async #sendTo({ host, port }: Target, packets: readonly Buffer[]): Promise<void> {
    const { address, family } = await lookup(host, { order: 'ipv4first' })
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
    try {
      // Each is out before the next one: a burst does not fit into the socket's buffer.
      for (const packet of packets) {
        if (this.#stopped.signal.aborted) return
        await sendPacket(socket, packet, port, address)
      }
    } finally {
      await new Promise<void>((resolve) => socket.close(() => resolve()))
    }
  }
}

function sendPacket(socket: Socket, packet: Buffer, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(packet, port, address, (error) => (error ? reject(error) : resolve()))
  })
}
