import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { type AddressInfo, isIPv6 } from 'node:net'
import { codeOf, StoppedError } from '../core/index.ts'
import { addressOf, plainAddress } from './address.ts'
import { listenError } from './listen-error.ts'
import { socketTable } from './socket-table.ts'

export interface UdpListenerOptions {
  /** Name or address; `undefined`: all addresses, IPv6 too where the machine has it. */
  readonly host: string | undefined
  /** 0: one that is free; `address` says which. */
  readonly port: number
  /** Size of the kernel's buffer for the socket, bytes; the system may give less. */
  readonly receiveBufferBytes?: number | undefined
  /** A datagram, whole, in memory of its own. */
  onDatagram(datagram: Buffer, sender: RemoteInfo): void
  /** The socket failed; it goes on where it can. */
  onError(error: Error): void
}

/** Listens on a UDP address. Nothing holds a sender back: what comes while the process is busy waits in the kernel. */
export class UdpListener {
  readonly #options: UdpListenerOptions
  #socket: Socket | undefined
  #stopping: Promise<void> | undefined

  constructor(options: UdpListenerOptions) {
    this.#options = options
  }

  /** @throws ComponentFailedError that says why the address cannot be had, and on Linux who has it */
  async start(): Promise<void> {
    const { host, port } = this.#options
    const address = host === undefined ? undefined : await addressOf(host)
    try {
      await this.#bind(address ?? '::')
    } catch (cause) {
      if (address !== undefined || codeOf(cause) !== 'EAFNOSUPPORT')
        throw await listenError('udp', address, port, cause)
      await this.#bind('0.0.0.0').catch(async (second: unknown) => {
        throw await listenError('udp', '0.0.0.0', port, second)
      })
    }
    if (this.#stopping) throw new StoppedError('stopped before it listened')
  }

  /** Where it listens; only between start and stop. */
  get address(): AddressInfo {
    return this.#socket!.address()
  }

  /** Bytes that the kernel's buffer really has (Linux counts its own overhead in: twice of what was asked). */
  get receiveBufferBytes(): number {
    return this.#socket!.getRecvBufferSize()
  }

  /** Datagrams that the kernel threw away since the start because its buffer was full; `undefined` where it does not say. */
  async kernelDrops(): Promise<number | undefined> {
    if (!this.#socket || this.#stopping) return undefined
    const { address, port } = this.address
    const table = await socketTable('udp')
    return table.find((row) => row.port === port && row.address === plainAddress(address))?.drops
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#close()
    return this.#stopping
  }

  #bind(address: string): Promise<void> {
    const { port, receiveBufferBytes } = this.#options
    const socket = createSocket({
      type: isIPv6(address) ? 'udp6' : 'udp4',
      ...(receiveBufferBytes && { recvBufferSize: receiveBufferBytes }),
    })
    return new Promise((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close()
        reject(error)
      })
      socket.bind({ address, port }, () => {
        socket.removeAllListeners('error')
        socket.on('error', (error) => this.#options.onError(error))
        socket.on('message', (datagram, sender) => this.#options.onDatagram(datagram, sender))
        this.#socket = socket
        if (this.#stopping) socket.close()
        resolve()
      })
    })
  }

  async #close(): Promise<void> {
    const socket = this.#socket
    if (!socket) return
    await new Promise<void>((resolve) => socket.close(() => resolve()))
  }
}
