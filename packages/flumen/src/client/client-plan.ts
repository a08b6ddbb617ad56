import type { Catalogue } from '../component/catalogue.ts'
import type { Declaration } from '../component/kit.ts'
import { type Fields, type OptionsOf, readFields } from '../config/field.ts'
import { noPlace, type Problem, Problems } from '../config/problem.ts'
import { type Globals, Reading, Section } from '../config/section.ts'
import { Settings } from '../config/settings.ts'
import type { ComponentContext, Sink, SinkProcessor } from '../core/index.ts'
import {
  type ClientFields,
  type ClientType,
  clientFields,
  clientTypes,
  sinkOnlyKeys,
  usualConnections,
} from './client-fields.ts'
import { type HostAddress, readHosts } from './host-addresses.ts'

/** Properties of a client, read and checked. */
export interface ClientPlan {
  readonly type: ClientType
  readonly hosts: readonly HostAddress[]
  readonly fields: ClientFields
  readonly connections: number
  /** Of the sinks, each of which is one connection. */
  readonly batchSize: number
  makeSink(host: HostAddress, context: ComponentContext): Promise<Sink>
  /** Of `loadbalance` only. */
  readonly makeProcessor: ((context: ComponentContext) => Promise<SinkProcessor>) | undefined
}

export interface PlanSurroundings {
  readonly catalogue: Catalogue
  /** What the keys of TLS take their defaults from; the environment unless given. */
  readonly globals?: Globals | undefined
}

/** Reads the properties of a client; undefined where they have an error. Every problem is reported, nothing is thrown. */
export async function readClient(
  properties: Iterable<readonly [key: string, value: string]>,
  problems: Problems,
  surroundings: PlanSurroundings,
): Promise<ClientPlan | undefined> {
  // A program without types may give numbers.
  const values = new Map(Array.from(properties, ([key, value]) => [key, String(value)]))
  const section = sectionOf(values, problems, surroundings)
  const fields = await readFields(clientFields, section)
  const type = typeOf(fields['client.type'], section)
  const hosts = readHosts(fields.hosts ?? [], type?.spread === 'loadbalance' ? 2 : 1, section)
  const sinks = await sinkDeclarations(surroundings.catalogue)
  checkKeys(values, section, [...sinks.values()])
  const sink = sinks.get(type?.transport ?? 'avro')!
  const ofSink = keysOf(sink)
  const sinkValues = [...values].filter(([key]) => ofSink.has(key))
  const optionsOf = (host: HostAddress, found: Problems): Promise<OptionsOf<Fields>> =>
    readOptions(sink, [...sinkValues, ['hostname', host.host], ['port', String(host.port)]], found, surroundings)
  // What there is to say of a host is the same of each.
  const ofFirst = await optionsOf(hosts[0] ?? { name: '', host: 'nowhere', port: 1 }, problems)
  const makeProcessor =
    type?.spread === 'loadbalance' ? await readProcessor(fields, hosts, problems, surroundings) : undefined
  if (problems.hasErrors || !type) return undefined
  return {
    type,
    hosts,
    fields,
    connections: fields.maxConnections ?? usualConnections[type.transport],
    batchSize: sink.batchSize?.(ofFirst)?.events ?? 1,
    makeSink: async (host, context) => sink.create(await optionsOf(host, new Problems()), context) as Promise<Sink>,
    makeProcessor,
  }
}

function sectionOf(
  values: ReadonlyMap<string, string>,
  problems: Problems,
  { catalogue, globals }: PlanSurroundings,
): Section {
  const settings = new Settings()
  for (const [key, value] of values) if (value.trim() !== '') settings.set({ key, value: value.trim(), place: noPlace })
  return new Section(new Reading(settings, problems, process.cwd(), catalogue, globals), '')
}

function typeOf(written: string, section: Section): ClientType | undefined {
  const found = Object.entries(clientTypes).find(
    ([name, { className }]) => name === written.toLowerCase() || className === written,
  )
  const type = found?.[1]
  if (!type) {
    const names = Object.keys(clientTypes)
    const near = section.reading.near(written, names)
    const fix = near === undefined ? `write one of ${names.join(', ')}` : `did you mean ${near}?`
    section.error('client.type', `there is no client of type "${written.slice(0, 100)}"`, fix)
  }
  return type
}

async function sinkDeclarations(
  catalogue: Catalogue,
): Promise<ReadonlyMap<ClientType['transport'], Declaration<'sink'>>> {
  const found = new Map<ClientType['transport'], Declaration<'sink'>>()
  for (const transport of ['avro', 'thrift'] as const) {
    found.set(transport, await declarationOf(catalogue, 'sink', transport))
  }
  return found
}

async function declarationOf<K extends 'sink' | 'processor'>(
  catalogue: Catalogue,
  kind: K,
  type: string,
): Promise<Declaration<K>> {
  const found = await catalogue.find(kind, type, process.cwd())
  if (!('declaration' in found)) throw new Error(`${found.message}; ${found.fix}`)
  return found.declaration as unknown as Declaration<K>
}

/** Of a client, those of the sink beneath it. */
function keysOf({ fields }: Declaration<'sink'>): ReadonlySet<string> {
  const entries = Object.entries(fields).filter(([name]) => !sinkOnlyKeys.includes(name))
  return new Set(entries.flatMap(([name, field]) => field.keys(name)))
}

/** A key that no client has is an error; one that another type of client has is none, as in Flume. */
function checkKeys(values: ReadonlyMap<string, string>, section: Section, sinks: readonly Declaration<'sink'>[]): void {
  const known = new Set(Object.keys(clientFields))
  for (const sink of sinks) for (const key of keysOf(sink)) known.add(key)
  for (const key of values.keys()) {
    if (known.has(key) || key.startsWith('hosts.')) continue
    const near = section.reading.near(key, [...known])
    section.error(key, 'no client has this key', near === undefined ? 'remove it' : `did you mean ${near}?`)
  }
}

async function readOptions(
  declaration: { readonly fields: Fields; check?(options: never, section: Section): void },
  values: Iterable<readonly [string, string]>,
  problems: Problems,
  surroundings: PlanSurroundings,
): Promise<OptionsOf<Fields>> {
  const section = sectionOf(new Map(values), problems, surroundings)
  const before = problems.errorsEver
  const options = await readFields(declaration.fields, section)
  if (problems.errorsEver === before) declaration.check?.(options as never, section)
  return options
}

/** The load_balance processor does the work, with a client's names for its keys. */
async function readProcessor(
  fields: ClientFields,
  hosts: readonly HostAddress[],
  problems: Problems,
  surroundings: PlanSurroundings,
): Promise<(context: ComponentContext) => Promise<SinkProcessor>> {
  const processor = await declarationOf(surroundings.catalogue, 'processor', 'load_balance')
  const values: readonly (readonly [string, string])[] = [
    ['selector', fields['host-selector']],
    ['backoff', String(fields.backoff)],
    ['selector.maxTimeOut', String(fields.maxBackoff)],
  ]
  const found = new Problems()
  const options = await readOptions(processor, values, found, surroundings)
  problems.addAll(found.all.map(asClients))
  return async (context) => processor.create(options, { ...context, sinks: hosts.map(({ name }) => name) })
}

function asClients(problem: Problem): Problem {
  const key = problem.key.replace(/^selector\.maxTimeOut$/, 'maxBackoff').replace(/^selector\b/, 'host-selector')
  return { ...problem, key }
}
