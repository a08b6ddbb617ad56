import assert from 'node:assert/strict'
import {
  type Declaration,
  defineChannel,
  defineChannelSelector,
  defineInterceptor,
  defineSink,
  defineSinkProcessor,
  defineSource,
  field,
} from '../component/kit.ts'
import type { AgentPlan } from '../component/plan.ts'
import { readPlan } from '../component/plan-reader.ts'
import { Problems } from '../config/problem.ts'
import type { Settings } from '../config/settings.ts'
import { settingsOf } from './agent-harness.ts'
import { catalogueOf } from './catalogue-of.ts'

const create = (): never => assert.fail('nothing is made in this test')
const common = { summary: 'An example.', examples: [], create }
const batch = field.int({ default: 100, min: 1, doc: 'Events.' })

const tcp = defineSource({
  ...common,
  type: 'tcp',
  fields: {
    bind: field.host({ doc: 'Address.' }),
    port: field.port({ required: true, doc: 'Port.' }),
    batch,
    timeout: field.duration({ unit: 's', default: 3, doc: 'Time.' }),
    buffer: field.size({ default: 0, doc: 'Bytes.' }),
    ack: field.boolean({ default: true, doc: 'Answers.' }),
  },
  listens: ({ bind, port }) => [{ key: 'port', protocol: 'tcp', host: bind, port }],
  batchSize: (options) => ({ key: 'batch', events: options.batch }),
  mayLose: ({ ack }) => (ack ? undefined : 'nobody knows what was stored'),
})
const memory = defineChannel({
  ...common,
  type: 'memory',
  fields: { transactionCapacity: batch, durable: field.boolean({ default: false, doc: 'Keeps.' }) },
  transactionCapacity: ({ transactionCapacity }) => ({ key: 'transactionCapacity', events: transactionCapacity }),
})
const log = defineChannel({ ...common, type: 'log', fields: {}, holdsEvents: true })
const file = defineSink({
  ...common,
  type: 'file',
  fields: { directory: field.path({ required: true, doc: 'Folder.' }), batch },
  batchSize: (options) => ({ key: 'batch', events: options.batch }),
})
const none = defineSink({ ...common, type: 'null', fields: {} })
const host = defineInterceptor({
  ...common,
  type: 'host',
  fields: { header: field.string({ default: 'h', doc: 'H.' }), keep: field.boolean({ default: false, doc: 'Keeps.' }) },
  outputs: ({ header, keep }) => ({ names: [header], overwrites: !keep }),
})
const replicating = defineChannelSelector({
  ...common,
  type: 'replicating',
  fields: { optional: field.list({ default: [], doc: 'Channels.' }) },
  namesChannels: ({ optional }) => optional.map((channel) => ({ key: 'optional', channel, isOptional: true })),
})
const one = defineSinkProcessor({ ...common, type: 'default', fields: {}, groupSize: { min: 1, max: 1 } })
const failover = defineSinkProcessor({
  ...common,
  type: 'failover',
  fields: { priority: field.prefix({ doc: 'Priorities.' }) },
  namesSinks: ({ priority }) => [...priority.keys()].map((sink) => ({ key: `priority.${sink}`, sink })),
})
const angry = defineSink({ ...common, type: 'angry', fields: {}, batchSize: () => assert.fail('as a plugin may') })

/** `tcp`, `memory`, `log`, `file`, `null`, `host`, `replicating`, `default`, `failover`, `angry` (which throws). */
export const catalogue = catalogueOf(
  ...([tcp, memory, log, file, none, host, replicating, one, failover, angry] as readonly Declaration[]),
)

/** A source `r1`, a channel `c1`, a sink `k1`. */
export const flow = `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = tcp
a1.sources.r1.port = 1
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.sinks.k1.type = null
a1.sinks.k1.channel = c1
`

export interface ReadPlan {
  readonly plan: AgentPlan
  /** `severity key: message; fix`, without the word for an error. */
  readonly lines: readonly string[]
}

/** The plan of agent `a1` over components of no meaning of their own: `tcp`, `memory`, `log`, `file`, `null`, `host`, … */
export async function read(text: string | Settings, lenient = false): Promise<ReadPlan> {
  const problems = new Problems()
  const settings = typeof text === 'string' ? settingsOf(text) : text
  const plan = await readPlan(settings, 'a1', problems, { catalogue, lenient })
  const lines = problems.all.map(({ severity, key, message, fix }) => {
    return `${severity === 'error' ? '' : `${severity} `}${key}: ${message}; ${fix}`
  })
  return { plan, lines }
}

/** {@link flow} with other lines; a line of the same key comes instead. */
export function changed(...lines: readonly string[]): string {
  const keys = lines.map((line) => line.split(' = ')[0]!)
  const kept = flow.split('\n').filter((line) => !keys.includes(line.split(' = ')[0]!))
  return [...kept, ...lines].join('\n')
}

/** Asserts all that a strict reading says. */
export async function says(text: string | Settings, ...expected: readonly string[]): Promise<void> {
  assert.deepEqual((await read(text)).lines, expected)
}

/** `sources | channels | groups and sinks that are alone` */
export function running({ sources, channels, groups }: AgentPlan): string {
  return [sources, channels, groups].map((parts) => parts.map(({ name }) => name).join(' ')).join(' | ')
}

/** Asserts what a lenient start runs, and gives what it says. */
export async function runs(text: string, expected: string): Promise<readonly string[]> {
  const { plan, lines } = await read(text, true)
  assert.equal(running(plan), expected)
  return lines
}
