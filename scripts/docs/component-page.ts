import type { FieldRow, Fields, Outputs } from '../../packages/flumen/src/component/kit.ts'
import { type Kind, kindNames } from '../../packages/flumen/src/component/kit.ts'
import type { Metric } from '../../packages/flumen/src/core/index.ts'
import type { Shown } from './check-configuration.ts'
import type { Documented } from './documented.ts'
import { code, codes, fenced, page, sentence, table } from './markdown.ts'

/** The page of one component: Flume's table of properties, metrics, examples. */
export function componentPage({ declaration, name, classNames }: Documented, { losses, outputs }: Shown): string {
  const { kind, type, aliases = [], summary, description, fields, metrics = [], examples } = declaration
  const { one } = kindNames[kind]
  const names = type === undefined ? [] : [type, ...aliases]
  return page(
    `# ${shortName(name)} (${one})`,
    summary,
    table(
      ['Names', ''],
      [
        ...(names.length > 0 ? [['Type', codes(names)]] : []),
        ...(classNames.length > 0 ? [['Class of Apache Flume', codes(classNames)]] : []),
      ],
    ),
    description,
    ...(losses.length > 0 ? [`**It can lose events:** ${losses.map(sentence).join(' ')}`] : []),
    ...outputsPart(outputs),
    '## Properties',
    propertiesTable([...placeRows(kind, name), ...rowsOf(fields)]),
    commonKeys(kind),
    ...metricsPart(metrics),
    '## Examples',
    ...examples.map((example) => fenced('properties', example)),
  )
}

/** An interceptor's headers depend on its options, so they are those of the examples. */
function outputsPart(outputs: readonly Outputs[]): string[] {
  const all = new Set(outputs.map(({ names, isOpen }) => headersText(names, isOpen)))
  const texts = [...all].filter((text) => text !== '')
  return texts.length === 0 ? [] : [`**Sets the headers,** in the examples: ${texts.join('; or ')}.`]
}

function headersText(names: readonly string[], isOpen = false): string {
  if (!isOpen) return codes(names)
  return names.length === 0 ? 'the fields that an event has' : `the fields that an event has, and ${codes(names)}`
}

/** `bind` in bold: it is required. The default of a property without one is a dash. */
export function propertiesTable(rows: readonly (readonly string[])[]): string {
  return table(['Property', 'Type', 'Default', 'Description'], rows)
}

export function rowsOf(fields: Fields, prefix = ''): string[][] {
  return Object.entries(fields).flatMap(([name, field]) => field.rows(name).map((row) => propertyRow(row, prefix)))
}

function propertyRow(row: FieldRow, prefix: string): string[] {
  const key = code(prefix + row.key)
  return [
    row.required ? `**${key}**` : key,
    row.unit === undefined ? row.kind : `${row.kind}, ${row.unit}`,
    row.defaultText === undefined || row.defaultText === '' ? '–' : defaultOf(row.defaultText),
    [
      sentence(row.doc),
      constraintOf(row),
      row.onInvalid === 'default' ? 'A bad value is replaced by the default, with a warning.' : '',
      row.aliases.length === 0 ? '' : `Also ${codes(row.aliases)}.`,
      row.ignored === undefined ? '' : `Accepted, and does nothing here: ${sentence(row.ignored)}`,
    ]
      .filter((part) => part !== '')
      .join(' '),
  ]
}

function constraintOf({ kind, constraint }: FieldRow): string {
  if (constraint === undefined) return ''
  return kind === 'enum' ? `One of ${codes(constraint.split(', '))}.` : sentence(constraint)
}

/** A word or a number as code; a default that is worked out is said in a sentence. */
function defaultOf(text: string): string {
  return /\s\w+\s/.test(text) ? text : code(text)
}

/** What says that a component is meant, where its place has such a key. */
function placeRows(kind: Kind, name: string): string[][] {
  const type = ['**`type`**', 'text', '–', name.includes('.') ? `${code(name)}.` : `${code(name)}, or the class name.`]
  if (kind === 'source') return [type, ['**`channels`**', 'list', '–', 'The channels that get its events.']]
  if (kind === 'sink') return [type, ['**`channel`**', 'text', '–', 'The channel that it takes events from.']]
  if (kind === 'monitor') return [['`type`', 'text', '`http`', `${code(name)}, or the class name.`]]
  const placed: readonly Kind[] = ['channel', 'interceptor', 'selector', 'processor']
  return placed.includes(kind) ? [type] : []
}

function commonKeys(kind: Kind): string | undefined {
  if (kind === 'monitor') {
    return (
      'The keys stand under `<agent>.flumen.monitoring.`, or on the command line as in Flume: ' +
      '`-Dflume.monitoring.type=…`. See [settings](../agent-settings.md#monitoring).'
    )
  }
  if (kind !== 'source' && kind !== 'sink') return undefined
  return `Every ${kind} also has the keys under [settings](../agent-settings.md#every-${kind}).`
}

function metricsPart(metrics: readonly Metric[]): string[] {
  if (metrics.length === 0) return []
  const rows = metrics.map(({ name, kind, unit, doc, flume }) => [
    code(name),
    unit === undefined ? kind : `${kind}, ${unit}`,
    flume === undefined ? '–' : code(flume),
    sentence(doc),
  ])
  return ['## Metrics', table(['Metric', 'Kind', "Apache Flume's name", 'Meaning'], rows)]
}

function shortName(name: string): string {
  return name.includes('.') ? name.split('.').at(-1)! : name
}
