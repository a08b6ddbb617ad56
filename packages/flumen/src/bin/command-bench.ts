import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { CapturedIo, type CapturedOptions } from '../cli/captured-io.ts'
import { runFlumeNg } from '../cli/flume-ng.ts'
import { runFlumen } from '../cli/flumen.ts'
import { Catalogue } from '../component/catalogue.ts'
import type { Declaration } from '../component/kit.ts'
import { loadPlugin } from '../component/plugins.ts'
import { builtInComponents } from '../components/catalogue.generated.ts'
import { entryOf } from '../testing/agent-harness.ts'

/** The configuration that the project promises to run first. */
export function founding(port: number | string): string {
  return [
    '# example.conf: A single-node Flume configuration',
    'a1.sources = r1',
    'a1.sinks = k1',
    'a1.channels = c1',
    'a1.sources.r1.type = netcat',
    'a1.sources.r1.bind = localhost',
    `a1.sources.r1.port = ${port}`,
    'a1.sinks.k1.type = logger',
    'a1.channels.c1.type = memory',
    'a1.channels.c1.capacity = 1000',
    'a1.channels.c1.transactionCapacity = 100',
    'a1.sources.r1.channels = c1',
    'a1.sinks.k1.channel = c1',
    '',
  ].join('\n')
}

/** A command that runs inside the test. */
export interface Running {
  readonly io: CapturedIo
  readonly status: Promise<number>
}

const outside = process.cwd()

/** A folder with files that is the working directory until the test ends, and commands that run in it. */
export class CommandBench {
  readonly folder: string
  readonly #declarations: readonly Declaration[]
  readonly #texts: readonly string[]

  /** @param declarations known beside the built-in components */
  constructor(t: TestContext, files: Readonly<Record<string, string>> = {}, declarations: readonly Declaration[] = []) {
    this.folder = mkdtempSync(join(tmpdir(), 'flumen-command-'))
    this.#declarations = declarations
    this.#texts = Object.values(files)
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.folder, name), text)
    process.chdir(this.folder)
    t.after(() => {
      process.chdir(outside)
      rmSync(this.folder, { recursive: true, force: true })
    })
  }

  flumen(line: readonly string[], options: Partial<CapturedOptions> = {}): Running {
    const io = this.#io(line, options)
    return { io, status: runFlumen(line, io) }
  }

  flumeNg(line: readonly string[], options: Partial<CapturedOptions> = {}): Running {
    const io = this.#io(line, options)
    return { io, status: runFlumeNg(line, io) }
  }

  /** Agents of tests run side by side, so that only those have monitoring which ask for it. */
  #io(line: readonly string[], options: Partial<CapturedOptions>): CapturedIo {
    const isMonitored = line[0] !== 'agent' || [...line, ...this.#texts].some((text) => text.includes('monitoring'))
    const builtIn = builtInComponents.filter(({ kind }) => isMonitored || kind !== 'monitor')
    const catalogue = new Catalogue([...this.#declarations.map(entryOf), ...builtIn], loadPlugin)
    return new CapturedIo({ catalogue, cwd: this.folder, ...options })
  }
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A connection that collects what it gets as text. */
export class TextClient {
  readonly #socket: Socket
  #text = ''
  #look = (): void => undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      this.#text += text
      this.#look()
    })
    socket.on('error', () => undefined)
  }

  static async connect(port: number): Promise<TextClient> {
    const socket = connect(port, 'localhost')
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    return new TextClient(socket)
  }

  send(text: string): void {
    this.#socket.write(text)
  }

  async until(pattern: RegExp): Promise<string> {
    if (!pattern.test(this.#text)) {
      await new Promise<void>((resolve) => {
        this.#look = () => pattern.test(this.#text) && resolve()
      })
    }
    return this.#text
  }

  close(): void {
    this.#socket.destroy()
  }
}
