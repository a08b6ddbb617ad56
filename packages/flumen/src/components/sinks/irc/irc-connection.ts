import type { Socket } from 'node:net'
import { type Clock, EventDeliveryError, StoppedError, settledWithin } from '../../../core/index.ts'
import type { ClientTls } from '../../rpc/client-tls.ts'
import { connected } from '../../rpc/rpc-connect.ts'
import { type IrcLine, IrcLineReader, textBytesFor } from './irc-line.ts'

export interface IrcOptions {
  readonly host: string
  readonly port: number
  readonly tls: ClientTls | undefined
  readonly nick: string
  readonly user: string
  readonly name: string
  readonly password: string | undefined
  /** With its #. */
  readonly channel: string
  readonly connectTimeoutMs: number
  readonly answerTimeoutMs: number
  readonly messageIntervalMs: number
  readonly clock: Clock
}

/** What a wait makes of a line: over, not yet, or the reason why it never will be. */
type Reading = 'done' | undefined | string

interface Waiter {
  read(line: IrcLine): Reading
  resolve(): void
  reject(error: Error): void
}

const quitMs = 500
const nickRefused = new Set(['432', '433', '436', '437'])
const welcome = '001'
const endOfNames = '366'
/** Numbers of refusals: to let in, and to take a message. */
const joinRefused = new Set(['403', '405', '407', '437', '461', '470', '471', '473', '474', '475', '476', '477', '489'])
const messageRefused = new Set(['401', '403', '404', '411', '442', '451'])

/** A client that is in one channel. Once it has failed it stays closed. */
export class IrcConnection {
  readonly #options: IrcOptions
  readonly #socket: Socket
  readonly #lines = new IrcLineReader()
  #nick: string
  #waiter: Waiter | undefined
  #failure: Error | undefined
  #pings = 0

  /** Connects, registers and joins. @throws EventDeliveryError, or StoppedError when the signal is aborted */
  static async open(options: IrcOptions, signal: AbortSignal): Promise<IrcConnection> {
    const socket = await connected({ ...options, compression: undefined }, signal)
    const connection = new IrcConnection(options, socket)
    try {
      await connection.#register(signal)
      await connection.#join(signal)
      return connection
    } catch (error) {
      connection.close()
      throw error
    }
  }

  private constructor(options: IrcOptions, socket: Socket) {
    this.#options = options
    this.#nick = options.nick
    this.#socket = socket
    socket.on('data', (chunk) => this.#receive(chunk as Buffer))
    socket.on('error', (error) => this.#fail('the connection broke', error))
    socket.on('end', () => this.#fail('the server has closed the connection'))
    socket.once('close', () => this.#fail('the connection was closed'))
  }

  get isOpen(): boolean {
    return this.#failure === undefined
  }

  get nick(): string {
    return this.#nick
  }

  /** Bytes of a message that others get whole. */
  get textBytes(): number {
    return textBytesFor(this.#nick, this.#options.channel)
  }

  /**
   * Sends messages, and a PING after them: when it is answered, the server has read them all.
   * @throws EventDeliveryError, or StoppedError when the signal is aborted
   */
  async say(messages: readonly string[], signal: AbortSignal): Promise<void> {
    const { channel, clock, messageIntervalMs } = this.#options
    const token = `flumen-${++this.#pings}`
    const answered = this.#until('the messages are not taken', signal, ({ command, params }) => {
      if (command === 'PONG' && params.at(-1) === token) return 'done'
      return messageRefused.has(command) ? `the server refuses messages: ${params.slice(1).join(' ')}` : undefined
    })
    try {
      for (const [index, message] of messages.entries()) {
        if (index > 0 && messageIntervalMs > 0) await clock.sleep(messageIntervalMs, signal)
        if (!this.isOpen) break
        this.#send(`PRIVMSG ${channel} :${message}`)
      }
      this.#send(`PING :${token}`)
    } catch (error) {
      this.#endWait(error as Error)
    }
    await answered
  }

  close(): void {
    this.#failure ??= new StoppedError('the connection was closed by this side', { maybeDelivered: true })
    this.#endWait(this.#failure)
    this.#socket.destroy()
  }

  /** Says goodbye, and waits a moment for the server to close. */
  async quit(): Promise<void> {
    if (this.isOpen) {
      const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
      this.#failure = new StoppedError('it has said goodbye')
      this.#socket.end('QUIT :the agent stops\r\n')
      await settledWithin(closed, quitMs, this.#options.clock)
    }
    this.close()
  }

  async #register(signal: AbortSignal): Promise<void> {
    const { nick, user, name, password } = this.#options
    const others = [`${nick}_`, `${nick}__`, `${nick.slice(0, 8)}1`, `${nick.slice(0, 8)}2`, `${nick.slice(0, 8)}3`]
    const welcomed = this.#until('there is no welcome', signal, ({ command, params }) => {
      if (command === welcome) {
        this.#nick = params[0] ?? this.#nick
        return 'done'
      }
      if (command === '464') return 'the password is wrong'
      if (command === '465') return `this side is banned: ${params.at(-1) ?? ''}`
      if (!nickRefused.has(command)) return undefined
      const next = others.shift()
      if (next === undefined) return `no nick is to be had, like ${nick}: ${params.at(-1) ?? ''}`
      this.#nick = next
      this.#send(`NICK ${next}`)
      return undefined
    })
    if (password !== undefined) this.#send(`PASS :${password}`)
    this.#send(`NICK ${nick}`)
    this.#send(`USER ${user} 0 * :${name}`)
    await welcomed
  }

  async #join(signal: AbortSignal): Promise<void> {
    const { channel } = this.#options
    const joined = this.#until(`there is no way into ${channel}`, signal, ({ command, params }) => {
      if (command === endOfNames && isSame(params[1], channel)) return 'done'
      return joinRefused.has(command)
        ? `the server lets nobody into ${channel}: ${params.slice(1).join(' ')}`
        : undefined
    })
    this.#send(`JOIN ${channel}`)
    await joined
  }

  /** Waits until a line says that something is so; one wait at a time. */
  #until(what: string, signal: AbortSignal, read: (line: IrcLine) => Reading): Promise<void> {
    const { clock, answerTimeoutMs } = this.#options
    return new Promise((resolve, reject) => {
      if (this.#failure) {
        reject(this.#failure)
        return
      }
      const stopped = (): void => this.#endWait(new StoppedError('stopped', { maybeDelivered: true }))
      const cancel = clock.after(answerTimeoutMs, () => this.#fail(`${what} within ${answerTimeoutMs} ms`))
      const settled = (): void => {
        cancel()
        signal.removeEventListener('abort', stopped)
      }
      this.#waiter = {
        read,
        resolve: () => {
          settled()
          resolve()
        },
        reject: (error) => {
          settled()
          reject(error)
        },
      }
      signal.addEventListener('abort', stopped, { once: true })
      if (signal.aborted) stopped()
    })
  }

  #receive(chunk: Buffer): void {
    try {
      for (const line of this.#lines.receive(chunk)) this.#read(line)
    } catch (error) {
      this.#fail('what the server says cannot be read', error)
    }
  }

  #read(line: IrcLine): void {
    const { command, params, from } = line
    const isOwn = isSame(from, this.#nick)
    if (command === 'PING') this.#send(`PONG :${params.at(-1) ?? ''}`)
    else if (command === 'ERROR') this.#fail(`the server says ${params.join(' ')}`)
    else if (command === 'NICK' && isOwn) this.#nick = params[0] ?? this.#nick
    else if (command === 'KICK' && isSame(params[1], this.#nick)) {
      this.#fail(`${from} put it out of the channel: ${params[2] ?? ''}`)
    } else {
      const reading = this.#waiter?.read(line)
      if (reading === 'done') this.#endWait()
      else if (reading !== undefined) this.#fail(reading)
    }
  }

  #send(line: string): void {
    if (this.isOpen) this.#socket.write(`${line}\r\n`)
  }

  #fail(what: string, cause?: unknown): void {
    if (this.#failure) return
    const { host, port } = this.#options
    const message = `${host}:${port}: ${what}`
    this.#failure = new EventDeliveryError(message, { maybeDelivered: true, ...(cause !== undefined && { cause }) })
    this.#endWait(this.#failure)
    this.#socket.destroy()
  }

  #endWait(error?: Error): void {
    const waiter = this.#waiter
    this.#waiter = undefined
    if (error) waiter?.reject(error)
    else waiter?.resolve()
  }
}

function isSame(one: string | undefined, other: string): boolean {
  return one !== undefined && one.toLowerCase() === other.toLowerCase()
}
