import { agentFields, retryFields } from '../../packages/flumen/src/component/common-fields.ts'
import { type Fields, type JsonSchema, type Kind, kindNames } from '../../packages/flumen/src/component/kit.ts'
import type { Documented } from './documented.ts'
import { sentence } from './markdown.ts'
import { nestedObject, type PropertySchemas } from './schema-tree.ts'

const names: JsonSchema = {
  anyOf: [
    { type: 'string', description: 'Names, separated by white space.' },
    { type: 'array', items: { type: 'string' } },
  ],
}
const anything: JsonSchema = {}

/** The kinds whose type a configuration names in a place of its own. */
const placedKinds = ['source', 'channel', 'sink', 'interceptor', 'selector', 'processor', 'monitor'] as const
type PlacedKind = (typeof placedKinds)[number]

/**
 * JSON Schema (2020-12) of a configuration in YAML or JSON: agents by name, components by `type`. Keys may be written
 * as maps or with dots, as the readers take them. The options of a type that is not built in are not looked at.
 */
export function configurationSchema(documented: readonly Documented[]): JsonSchema {
  const definitions: Record<string, JsonSchema> = { agent: agentSchema() }
  for (const kind of placedKinds) {
    const ofKind = documented.filter(({ declaration }) => declaration.kind === kind)
    definitions[kind] = choiceSchema(kind, ofKind)
    for (const each of ofKind) definitions[definitionName(each)] = componentSchema(each)
  }
  definitions.sinkgroup = sinkGroupSchema()
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Flumen configuration',
    description: 'Agents by name.',
    type: 'object',
    properties: { $schema: { type: 'string' } },
    patternProperties: { '^[^.$][^.]*$': { $ref: '#/$defs/agent' }, '^[^.]+\\..+$': anything },
    additionalProperties: false,
    $defs: definitions,
  }
}

function agentSchema(): JsonSchema {
  const lists = { sources: 'source', channels: 'channel', sinks: 'sink', sinkgroups: 'sinkgroup' }
  const properties: Record<string, JsonSchema> = {}
  for (const [list, definition] of Object.entries(lists)) {
    properties[list] = {
      description: `The ${list} of the agent by name; or the list of names.`,
      anyOf: [
        {
          type: 'object',
          patternProperties: { '^[^.]+$': { $ref: `#/$defs/${definition}` }, '\\.': anything },
        },
        ...(names.anyOf as readonly JsonSchema[]),
      ],
    }
  }
  const own = schemasOf(agentFields)
  const monitoring = { description: 'Who shows the numbers of the agent; `none`: nobody.', $ref: '#/$defs/monitor' }
  const settings = nestedObject({
    properties: { ...own.properties, monitoring },
    patternProperties: { ...own.patternProperties, '^monitoring\\..+$': anything },
  })
  const sections = [...Object.keys(lists), 'flumen', 'configfilters'].join('|')
  return {
    description: 'An agent: events go from its sources through its channels to its sinks.',
    type: 'object',
    properties: {
      ...properties,
      flumen: { description: 'Settings of the agent as a whole.', ...settings },
      configfilters: anything,
    },
    patternProperties: { [`^(${sections})\\..+$`]: anything },
    additionalProperties: false,
  }
}

/** One of the components of a kind: chosen by `type`; what else it may have depends on that. */
function choiceSchema(kind: PlacedKind, documented: readonly Documented[]): JsonSchema {
  const known = documented.flatMap(({ declaration: { type, aliases = [], summary }, classNames }) =>
    [...(type === undefined ? [] : [type]), ...aliases, ...classNames].map((name) => ({
      const: name,
      description: summary,
    })),
  )
  const other = {
    type: 'string',
    description: 'An alias in another case, or a component of your own: the path of its file, or its package.',
  }
  return {
    type: 'object',
    properties: { type: { description: `Which ${kindNames[kind].one} it is.`, anyOf: [...known, other] } },
    ...(hasDefaultType(kind) ? {} : { required: ['type'] }),
    allOf: documented.map((each) => ({
      if: { properties: { type: { type: 'string', pattern: typePattern(each) } }, required: ['type'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
      then: { $ref: `#/$defs/${definitionName(each)}` },
    })),
  }
}

function componentSchema({ declaration: { kind, summary, fields } }: Documented): JsonSchema {
  const common = commonSchemas(kind)
  const own = schemasOf(fields)
  const { properties, patternProperties, ...rest } = nestedObject({
    properties: { ...common.properties, ...own.properties },
    patternProperties: { ...common.patternProperties, ...own.patternProperties },
  })
  const required = Object.entries(fields)
    .filter(([name, field]) => field.required && field.aliases.length === 0 && !name.includes('.'))
    .map(([name]) => name)
  return { description: summary, ...rest, properties, patternProperties, ...(required.length > 0 && { required }) }
}

/** The keys that the place of a component gives it. */
function commonSchemas(kind: Kind): Required<PropertySchemas> {
  const type = { type: { type: 'string' }, config: anything }
  if (kind === 'source') {
    const interceptors = {
      description: 'The interceptors that its events pass, by name, in order.',
      anyOf: [
        { type: 'object', patternProperties: { '^[^.]+$': { $ref: '#/$defs/interceptor' }, '\\.': anything } },
        ...(names.anyOf as readonly JsonSchema[]),
      ],
    }
    return {
      properties: {
        ...type,
        channels: { description: 'The channels that get its events.', ...names },
        selector: { description: 'Which channel an event goes to.', $ref: '#/$defs/selector' },
        interceptors,
        ...schemasOf(retryFields).properties,
      },
      patternProperties: { '^(interceptors|selector)\\..+$': anything },
    }
  }
  if (kind === 'sink') {
    const channel = { description: 'The channel that it takes events from.', type: 'string' }
    return { properties: { ...type, channel, ...schemasOf(retryFields).properties }, patternProperties: {} }
  }
  return { properties: type, patternProperties: {} }
}

function sinkGroupSchema(): JsonSchema {
  return {
    description: 'Sinks of one channel, one of which gets each batch.',
    type: 'object',
    properties: { sinks: names, processor: { $ref: '#/$defs/processor' } },
    patternProperties: { '^processor\\..+$': anything },
    additionalProperties: false,
  }
}

function schemasOf(fields: Fields): Required<PropertySchemas> {
  const properties: Record<string, JsonSchema> = {}
  const patternProperties: Record<string, JsonSchema> = {}
  for (const [name, field] of Object.entries(fields)) {
    const schema = field.schema(name)
    Object.assign(properties, schema.properties)
    Object.assign(patternProperties, schema.patternProperties)
    const value = properties[name] as Record<string, unknown> | undefined
    if (value && field.defaultText) {
      properties[name] = { ...value, description: `${sentence(field.doc)} Default: ${field.defaultText}.` }
    }
  }
  return { properties, patternProperties }
}

function hasDefaultType(kind: PlacedKind): boolean {
  return kind === 'selector' || kind === 'processor' || kind === 'monitor'
}

/** Aliases are matched without regard to case, which a pattern has no flag for; class names exactly. */
function typePattern({ declaration: { type, aliases = [] }, classNames }: Documented): string {
  const anyCase = (name: string): string =>
    escaped(name).replaceAll(/[a-z]/gi, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`)
  const words = [...(type === undefined ? [] : [type]), ...aliases].map(anyCase)
  return `^(${[...words, ...classNames.map(escaped)].join('|')})$`
}

function escaped(text: string): string {
  return text.replaceAll(/[.$]/g, '\\$&')
}

function definitionName({ declaration, name }: Documented): string {
  return `${declaration.kind} ${name}`.replaceAll(/[^\w.-]+/g, '.')
}
