import type { Catalogue } from '../component/catalogue.ts'
import { kindNames } from '../component/kind.ts'
import { didYouMean } from '../config/did-you-mean.ts'
import type { Missing } from '../config/section.ts'
import { Settings } from '../config/settings.ts'
import { UsageError } from './command.ts'
import type { Stage } from './pipe-stages.ts'

export const pipeAgent = 'pipe'

/** A stage with its place in the agent. */
interface PlacedStage {
  readonly stage: Stage
  readonly kind: 'source' | 'interceptor' | 'channel' | 'sink'
  readonly name: string
  /** `pipe.sources.r1.` */
  readonly prefix: string
}

/** A pipe as an agent's settings, and the way back from its keys to its stages. */
export interface PipeSettings {
  readonly settings: Settings
  readonly stages: readonly PlacedStage[]
}

/** What stands for the file in the places of a pipe's settings; the line is the stage. */
export const pipeFile = 'pipe'

/**
 * Makes an agent of stages: the first is the source, the last the sink, between them interceptors and at most one
 * channel; left out, that is memory for 10,000 events. Throws a usage error with everything that does not fit.
 */
export async function settingsOfPipe(
  stages: readonly Stage[],
  catalogue: Catalogue,
  directory: string,
): Promise<PipeSettings> {
  const complaints: string[] = []
  const placed: PlacedStage[] = []
  for (const stage of stages) {
    const kind = await kindOf(stage, stages.length, catalogue, directory)
    if ('complaint' in kind) complaints.push(`stage ${stage.position}: ${kind.complaint}`)
    else placed.push(place(stage, kind.kind, placed, complaints))
  }
  if (complaints.length > 0) throw new UsageError(complaints)
  const settings = new Settings()
  const set = (key: string, value: string, line = 0): void =>
    settings.set({ key: `${pipeAgent}.${key}`, value, place: { file: pipeFile, line, column: line === 0 ? 0 : 1 } })
  writeFrame(placed, set)
  for (const each of placed) await writeStage(each, set, catalogue, directory)
  return { settings, stages: placed }
}

type Placing = { readonly kind: PlacedStage['kind'] } | { readonly complaint: string }

async function kindOf(stage: Stage, count: number, catalogue: Catalogue, directory: string): Promise<Placing> {
  if (stage.position === 1) return known('source', stage, catalogue, directory)
  if (stage.position === count) return known('sink', stage, catalogue, directory)
  const interceptor = await known('interceptor', stage, catalogue, directory)
  if ('kind' in interceptor) return interceptor
  const channel = await catalogue.find('channel', stage.type, directory)
  if ('declaration' in channel) return { kind: 'channel' }
  return { complaint: unknownMiddle(stage.type, catalogue, channel) ?? interceptor.complaint }
}

async function known(
  kind: PlacedStage['kind'],
  { type }: Stage,
  catalogue: Catalogue,
  directory: string,
): Promise<Placing> {
  const found = await catalogue.find(kind, type, directory)
  if ('declaration' in found) return { kind }
  const other = (['source', 'channel', 'interceptor', 'sink'] as const).find((each) => catalogue.entry(each, type))
  if (other === undefined || other === kind) return { complaint: `${found.message}; ${found.fix}` }
  const position = { source: 'first', sink: 'last', interceptor: 'between', channel: 'between' }[kind]
  return {
    complaint: `${type} is a ${other}; ${position === 'between' ? 'between source and sink' : position} stands a ${kind}`,
  }
}

/** Between source and sink two kinds are possible, so both are looked at for what was meant. */
function unknownMiddle(type: string, catalogue: Catalogue, channel: Missing): string | undefined {
  if (type.includes('/') || catalogue.entry('source', type) || catalogue.entry('sink', type)) return undefined
  const near = didYouMean(type, [...catalogue.names('interceptor'), ...catalogue.names('channel')])
  if (near !== undefined) return `there is no interceptor and no channel of type "${type}"; did you mean ${near}?`
  // What Flume has and this version does not says so itself.
  return channel.message.startsWith('there is no') ? undefined : `${channel.message}; ${channel.fix}`
}

function place(
  stage: Stage,
  kind: PlacedStage['kind'],
  before: readonly PlacedStage[],
  complaints: string[],
): PlacedStage {
  const hasChannel = before.some((each) => each.kind === 'channel')
  if (hasChannel && kind === 'channel') complaints.push(`stage ${stage.position}: a pipe has one channel`)
  if (hasChannel && kind === 'interceptor') {
    complaints.push(`stage ${stage.position}: interceptor ${stage.type} stands behind the channel; put it before`)
  }
  const number = before.filter((each) => each.kind === kind).length + 1
  const name = { source: 'r1', interceptor: `i${number}`, channel: 'c1', sink: 'k1' }[kind]
  const section = kind === 'interceptor' ? `sources.r1.interceptors.${name}` : `${kindNames[kind].folder}.${name}`
  return { stage, kind, name, prefix: `${pipeAgent}.${section}.` }
}

type Set = (key: string, value: string, line?: number) => void

function writeFrame(stages: readonly PlacedStage[], set: Set): void {
  set('sources', 'r1')
  set('channels', 'c1')
  set('sinks', 'k1')
  set('sources.r1.channels', 'c1')
  set('sinks.k1.channel', 'c1')
  const interceptors = stages.filter(({ kind }) => kind === 'interceptor').map(({ name }) => name)
  if (interceptors.length > 0) set('sources.r1.interceptors', interceptors.join(' '))
  if (stages.some(({ kind }) => kind === 'channel')) return
  set('channels.c1.type', 'memory')
  set('channels.c1.capacity', '10000')
  set('channels.c1.transactionCapacity', '10000')
}

async function writeStage(
  { stage, kind, prefix }: PlacedStage,
  set: Set,
  catalogue: Catalogue,
  directory: string,
): Promise<void> {
  const below = prefix.slice(pipeAgent.length + 1)
  set(`${below}type`, stage.type, stage.position)
  for (const { key, value } of stage.options) set(below + key, value, stage.position)
  const address = kind === 'source' ? await localAddress(stage, catalogue, directory) : undefined
  if (address !== undefined) set(below + address, 'localhost', stage.position)
}

/** The key of the address that a source listens on, where the pipe leaves it open: nobody else can connect then. */
async function localAddress(
  { type, options }: Stage,
  catalogue: Catalogue,
  directory: string,
): Promise<string | undefined> {
  const found = await catalogue.find('source', type, directory)
  if (!('declaration' in found)) return undefined
  const { bind, host } = found.declaration.fields
  const name = bind ? 'bind' : host?.required ? 'host' : undefined
  const spellings = name === undefined ? [] : [name, ...((bind ?? host)?.aliases ?? [])]
  return options.some(({ key }) => spellings.includes(key)) ? undefined : name
}
