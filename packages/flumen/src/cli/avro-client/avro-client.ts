import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { openClient } from '../../client/open-client.ts'
import type { RpcClient } from '../../client/rpc-client.ts'
import { parseJavaProperties } from '../../config/java-properties.ts'
import { readSmallFile } from '../../config/small-file.ts'
import { parseDuration } from '../../config/units.ts'
import { ConfigurationError, type EventBatch, FlumenError, messageOf, PutError } from '../../core/index.ts'
import { type ParsedArguments, parseArguments } from '../arguments.ts'
import { type Option, statuses, UsageError } from '../command.ts'
import type { CommandIo } from '../io.ts'
import { propertiesOfEnvironment, systemPropertiesOf } from '../system-properties.ts'
import { definitionList, widthOf } from '../text-table.ts'
import { type FolderEnd, logTo, sendFolder } from './folder.ts'
import { LineCutter } from './lines.ts'
import { avroClientOptions } from './options.ts'
import { GivenUpError, Sender } from './sender.ts'

const program = 'flume-ng avro-client'
/** Flume's, where only a host and a port are given. */
const usualBatchSize = 5
const usualPatience = '60 s'
/** Bytes of a line; Java's characters in a file of a folder. */
const longestLine = 16 * 1024 * 1024
const chunkBytes = 262_144
const closeMs = 1000

/**
 * `flume-ng avro-client`: sends lines as events.
 * @param scriptOptions those that the script takes whatever the mode
 * @returns 0 when all is stored
 */
export async function runAvroClient(
  line: readonly string[],
  io: CommandIo,
  scriptOptions: readonly Option[],
): Promise<number> {
  const given = parseArguments(line, { options: [...avroClientOptions, ...scriptOptions], passOverWords: true })
  if (given.has('help')) {
    io.stdout.write(help(io))
    return statuses.ok
  }
  const patienceMs = checked(given)
  const headers = given.has('headerFile') ? propertiesIn(given, 'headerFile', io) : []
  const client = await clientOf(given, io)
  const over = new AbortController()
  const ignore = io.onSignal(() => over.abort())
  try {
    return await sendAll(new Sending({ given, io, client, headers, patienceMs, signal: over.signal }))
  } finally {
    ignore()
    await client.close(closeMs)
  }
}

interface SendingOptions {
  readonly given: ParsedArguments
  readonly io: CommandIo
  readonly client: RpcClient
  readonly headers: readonly (readonly [string, string])[]
  readonly patienceMs: number
  readonly signal: AbortSignal
}

/** One run: what is sent, and how far it came. */
class Sending {
  readonly options: SendingOptions
  readonly sender: Sender
  readonly say: (line: string) => void

  constructor(options: SendingOptions) {
    const { io, client, patienceMs } = options
    this.options = options
    this.say = (text) => void io.stderr.write(`${program}: ${text}\n`)
    this.sender = new Sender({ client, patienceMs, clock: io.clock, say: this.say })
  }

  send(batch: EventBatch): Promise<void> {
    let headed = batch
    for (const [name, value] of this.options.headers) headed = headed.withHeader(name, { kind: 'constant', value })
    return this.sender.send(headed, this.options.signal)
  }

  async lines(input: Readable): Promise<void> {
    const cutter = new LineCutter(longestLine)
    addAbortSignal(this.options.signal, input)
    for await (const chunk of input) await this.send(cutter.cut(chunk as Buffer))
    await this.send(cutter.end())
    if (cutter.cuts > 0) this.say(`lines longer than ${longestLine} bytes are cut into several events`)
  }

  folder(path: string): Promise<FolderEnd> {
    const { io, signal } = this.options
    const { catalogue, clock } = io
    const send = (batch: EventBatch): Promise<void> => this.send(batch)
    return sendFolder({ path, longestLine, catalogue, clock, say: this.say, send }, signal)
  }
}

async function sendAll(sending: Sending): Promise<number> {
  const { given, io, signal } = sending.options
  const folder = given.value('dirname')
  const file = given.value('filename')
  try {
    if (folder !== undefined) {
      const { done, failed } = await sending.folder(resolve(io.cwd, folder))
      if (signal.aborted) throw new GivenUpError('stopped', 0)
      report(
        sending,
        `${done} ${done === 1 ? 'file' : 'files'} done${failed === 0 ? '' : `, ${failed} could not be read`}`,
      )
      return failed === 0 ? statuses.ok : statuses.failed
    }
    await sending.lines(
      file === undefined ? standardInput(io) : createReadStream(resolve(io.cwd, file), { highWaterMark: chunkBytes }),
    )
    report(sending)
    return statuses.ok
  } catch (error) {
    return failed(error, sending)
  }
}

function failed(error: unknown, sending: Sending): number {
  const { given, signal } = sending.options
  const isStopped = signal.aborted && (error as Error).name === 'AbortError'
  const isExpected = error instanceof PutError || error instanceof FlumenError || 'errno' in Object(error)
  if (!isStopped && !isExpected) throw error
  sending.say(isStopped ? 'stopped' : messageOf(error))
  const from = sending.sender.stored + 1
  if (given.has('dirname')) report(sending, 'the same command goes on with the rest')
  else report(sending, `the rest begins with line ${from}: tail -n +${from}`)
  return statuses.failed
}

function report({ sender, say }: Sending, more?: string): void {
  const { stored, uncertain, maybeNext } = sender
  const twice = uncertain === 0 ? '' : `, of which at most ${uncertain} may be there twice`
  const maybe = maybeNext === 0 ? '' : `, and perhaps the next ${maybeNext}`
  say(`${stored} ${stored === 1 ? 'event' : 'events'} stored${twice}${maybe}${more === undefined ? '' : `; ${more}`}`)
}

/** @returns the patience, ms */
function checked(given: ParsedArguments): number {
  const complaints = [...given.complaints]
  if (given.words.length > 0) complaints.push(`nothing is done with ${given.words.join(' ')}`)
  if (given.has('filename') && given.has('dirname')) complaints.push('--filename (-F) and --dirname cannot go together')
  if (!given.has('rpcProps')) {
    for (const [name, short] of [
      ['host', 'H'],
      ['port', 'p'],
    ] as const) {
      if (!given.has(name)) complaints.push(`--${name} (-${short}) is needed, or --rpcProps (-P)`)
    }
  }
  const patience = given.value('give-up-after') ?? usualPatience
  const ms = parseDuration(patience, 's')
  if (ms === undefined || ms < 0)
    complaints.push(`--give-up-after: "${patience}" is not a duration; write 30 s, for example`)
  if (complaints.length > 0) throw new UsageError(complaints)
  return ms ?? 0
}

async function clientOf(given: ParsedArguments, io: CommandIo): Promise<RpcClient> {
  const properties = given.has('rpcProps') ? propertiesIn(given, 'rpcProps', io) : propertiesFor(given)
  const words = [...propertiesOfEnvironment(io.environment), ...given.values('D')]
  try {
    return await openClient(properties, {
      catalogue: io.catalogue,
      clock: io.clock,
      globals: { properties: systemPropertiesOf(words).values, environment: io.environment },
      log: logTo((text) => void io.stderr.write(`${program}: ${text}\n`)),
    })
  } catch (error) {
    if (!(error instanceof FlumenError)) throw error
    const text = error instanceof ConfigurationError ? error.message : messageOf(error)
    throw new UsageError(text.split('\n').map((each) => inWordsOfOptions(each, given)))
  }
}

function propertiesFor(given: ParsedArguments): readonly (readonly [string, string])[] {
  const host = given.value('host') ?? ''
  const address = `${host.includes(':') ? `[${host}]` : host}:${given.value('port') ?? ''}`
  return [
    ['hosts', 'h1'],
    ['hosts.h1', address],
    ['batch-size', String(usualBatchSize)],
  ]
}

function inWordsOfOptions(complaint: string, given: ParsedArguments): string {
  const file = given.value('rpcProps')
  return file === undefined ? complaint.replace(/^hosts\.h1: /, '--host and --port: ') : `${file}: ${complaint}`
}

function propertiesIn(given: ParsedArguments, option: string, io: CommandIo): readonly (readonly [string, string])[] {
  const path = given.value(option) ?? ''
  try {
    const text = readSmallFile(resolve(io.cwd, path), 'UTF-8')
    return Array.from(parseJavaProperties(text), ({ key, value }) => [key, value] as const)
  } catch (error) {
    throw new UsageError([`--${option}: ${path} cannot be read: ${messageOf(error)}`])
  }
}

function standardInput({ stdin }: CommandIo): Readable {
  return stdin?.() ?? process.stdin
}

function help({ stdout }: CommandIo): string {
  const rows = avroClientOptions.map(({ name, short, value, doc }): [string, string] => [
    `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`,
    doc,
  ])
  return `Usage: ${program} [options]...\n\nSends each line as an event.\n\n${definitionList(rows, widthOf(stdout))}`
}
