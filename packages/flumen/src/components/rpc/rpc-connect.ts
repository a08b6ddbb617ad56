import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type Clock, EventDeliveryError, messageOf, StoppedError } from '../../core/index.ts'
import type { ClientTls } from './client-tls.ts'
import { DeflatedStream } from './deflated-stream.ts'

export interface ConnectOptions {
  readonly host: string
  readonly port: number
  readonly connectTimeoutMs: number
  readonly tls: ClientTls | undefined
  readonly deflateLevel: number | undefined
  readonly deflatesWithinTls?: boolean
  readonly clock: Clock
}

const keepAliveMs = 15_000

/** TLS is spoken over a stream of zlib, as Flume 1.11 does it. */
export function isDeflatedBeneath({ tls, deflateLevel, deflatesWithinTls }: ConnectOptions): boolean {
  return tls !== undefined && deflateLevel !== undefined && deflatesWithinTls !== true
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
    const closed = (): void => failed(new Error('it was closed'))
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
  const { host, port, tls, deflateLevel } = options
  const tcp = connectTcp({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs })
  if (!tls) return tcp
  const beneath = isDeflatedBeneath(options) && deflateLevel !== undefined ? new DeflatedStream(tcp, deflateLevel) : tcp
  return connectTls({ socket: beneath, host, ...tls, ...(isIP(host) === 0 && { servername: host }) })
}
