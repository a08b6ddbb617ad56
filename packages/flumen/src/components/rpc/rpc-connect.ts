import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type Clock, EventDeliveryError, messageOf, StoppedError } from '../../core/index.ts'
import type { ClientTls } from './client-tls.ts'
import { CompressedStream } from './compressed-stream.ts'
import { type Compression, sameNeeded } from './compression.ts'

export interface ConnectOptions {
  readonly host: string
  readonly port: number
  readonly connectTimeoutMs: number
  readonly tls: ClientTls | undefined
  /** undefined: none. */
  readonly compression: Compression | undefined
  /** With TLS: what is compressed is then enciphered, instead of the other way round. */
  readonly compressesWithinTls?: boolean
  readonly clock: Clock
}

const keepAliveMs = 15_000

/** What TLS is spoken over is compressed, as Flume 1.11 does it. */
export function compressionBeneathTls({
  tls,
  compression,
  compressesWithinTls,
}: ConnectOptions): Compression | undefined {
  return tls === undefined || compressesWithinTls === true ? undefined : compression
}

/** @throws EventDeliveryError where there is no connection in time, StoppedError when the signal is aborted */
export function connected(options: ConnectOptions, signal: AbortSignal): Promise<Socket> {
  const { host, port, tls, clock, connectTimeoutMs } = options
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new StoppedError('stopped'))
      return
    }
    const socket = begun(options)
    const settle = (): void => {
      cancel()
      signal.removeEventListener('abort', stopped)
      socket.removeListener('error', failed)
      socket.removeListener('close', closed)
    }
    const giveUp = (error: Error): void => {
      settle()
      socket.on('error', () => undefined)
      socket.destroy()
      reject(error)
    }
    const failed = (cause: unknown): void =>
      giveUp(new EventDeliveryError(`no connection to ${host}:${port}: ${messageOf(cause)}`, { cause }))
    const beneath = compressionBeneathTls(options)
    const closed = (): void => failed(new Error(`it was closed${beneath ? `; ${sameNeeded(beneath.type)}` : ''}`))
    const stopped = (): void => giveUp(new StoppedError('stopped while it connected'))
    const cancel = clock.after(connectTimeoutMs, () => failed(new Error(`nothing came within ${connectTimeoutMs} ms`)))
    signal.addEventListener('abort', stopped, { once: true })
    socket.once('error', failed)
    socket.once('close', closed)
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      settle()
      resolve(socket)
    })
  })
}

function begun(options: ConnectOptions): Socket {
  const { host, port, tls } = options
  const tcp = connectTcp({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs })
  if (!tls) return tcp
  const compression = compressionBeneathTls(options)
  const beneath = compression ? new CompressedStream(tcp, compression) : tcp
  return connectTls({ socket: beneath, host, ...tls, ...(isIP(host) === 0 && { servername: host }) })
}
