import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'

interface Client {
  readonly socket: Socket
  nick: string
  isWelcome: boolean
}

/** A server of IRC for the tests of its sink, with one client or a few. */
export class IrcPeer {
  readonly #server: Server
  readonly #clients = new Set<Client>()
  /** All lines that came, in order. */
  readonly lines: string[] = []
  /** What was said, with its target. */
  readonly said: string[] = []
  readonly takenNicks = new Set<string>()
  connections = 0
  password: string | undefined
  /** The number of a refusal instead of letting in, or of taking a message. */
  refusesJoin: string | undefined
  refusesMessage: string | undefined
  /** Commands that it does not hear. */
  readonly deafTo = new Set<string>()
  #port = 0

  private constructor(tls: TlsOptions | undefined) {
    const serve = (socket: Socket): void => this.#serve(socket)
    this.#server = tls ? createTlsServer(tls, serve) : createServer(serve)
  }

  static async start(tls?: TlsOptions): Promise<IrcPeer> {
    const peer = new IrcPeer(tls)
    await peer.listen()
    return peer
  }

  get values(): Readonly<Record<string, string>> {
    return { hostname: '127.0.0.1', port: String(this.#port), nick: 'flume', chan: 'logs' }
  }

  get openConnections(): number {
    return this.#clients.size
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  /** Sends a line to all clients as it is. */
  tell(line: string): void {
    for (const { socket } of this.#clients) socket.write(`${line}\r\n`)
  }

  endConnections(): void {
    for (const { socket } of this.#clients) socket.destroy()
  }

  async stop(): Promise<void> {
    this.endConnections()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: Socket): void {
    const client: Client = { socket, nick: '', isWelcome: false }
    this.connections++
    this.#clients.add(client)
    let rest = ''
    socket.setEncoding('utf8')
    socket.on('error', () => socket.destroy())
    socket.once('close', () => this.#clients.delete(client))
    socket.on('data', (chunk) => {
      const lines = (rest + String(chunk)).split('\r\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.#hear(client, line)
    })
  }

  #hear(client: Client, line: string): void {
    this.lines.push(line)
    const [command = '', ...words] = line.split(' ')
    if (this.deafTo.has(command)) return
    const text = line.slice(line.indexOf(' :') + 2)
    switch (command) {
      case 'PASS':
        if (this.password !== undefined && text !== this.password) this.#answer(client, '464 * :Password incorrect')
        break
      case 'NICK':
        if (this.takenNicks.has(words[0]!)) this.#answer(client, `433 * ${words[0]} :Nickname is already in use`)
        else client.nick = words[0]!
        this.#welcome(client)
        break
      case 'USER':
        client.isWelcome = true
        this.#welcome(client)
        break
      case 'JOIN':
        if (this.refusesJoin === undefined) {
          this.#answer(client, `353 ${client.nick} = ${words[0]} :${client.nick} somebody`)
          this.#answer(client, `366 ${client.nick} ${words[0]} :End of NAMES list`)
        } else this.#answer(client, `${this.refusesJoin} ${client.nick} ${words[0]} :Cannot join channel`)
        break
      case 'PRIVMSG':
        if (this.refusesMessage === undefined) this.said.push(`${words[0]} ${text}`)
        else this.#answer(client, `${this.refusesMessage} ${client.nick} ${words[0]} :Cannot send to channel`)
        break
      case 'PING':
        client.socket.write(`:irc.test PONG irc.test :${text}\r\n`)
        break
      case 'QUIT':
        client.socket.end('ERROR :Closing connection\r\n')
        break
    }
  }

  #welcome(client: Client): void {
    if (client.nick === '' || !client.isWelcome) return
    client.isWelcome = false
    // In two writes, within a line.
    client.socket.write(`:irc.test 001 ${client.nick} :Wel`)
    client.socket.write('come\r\n:irc.test 376 * :End of MOTD\r\n')
  }

  #answer({ socket }: Client, line: string): void {
    socket.write(`:irc.test ${line}\r\n`)
  }
}
