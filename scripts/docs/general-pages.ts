import { join } from 'node:path'
import { agentFields, retryFields } from '../../packages/flumen/src/component/common-fields.ts'
import { flumeAttributeNames } from '../../packages/flumen/src/component/flume-attributes.ts'
import { kindNames } from '../../packages/flumen/src/component/kit.ts'
import { declaredName, metricFamilies } from '../../packages/flumen/src/component/metric-families.ts'
import { vocabulary } from '../../packages/flumen/src/component/vocabulary.ts'
import * as errors from '../../packages/flumen/src/core/errors.ts'
import { fullReading } from '../../packages/flumen/src/testing/reading.ts'
import { propertiesTable, rowsOf } from './component-page.ts'
import { docstringsOf } from './docstrings.ts'
import type { Documented } from './documented.ts'
import { code, codes, page, sentence, table } from './markdown.ts'

const families = metricFamilies(fullReading())
const source = join(import.meta.dirname, '../../packages/flumen/src')

/** What belongs to no component: settings of the agent, errors, metrics. */
export function generalPages(documented: readonly Documented[]): Map<string, string> {
  return new Map([
    ['agent-settings.md', settingsPage()],
    ['errors.md', errorsPage()],
    ['metrics.md', metricsPage(documented)],
  ])
}

function settingsPage(): string {
  const retry = rowsOf(retryFields)
  return page(
    '# Settings',
    'Keys are written here without the agent and the component: `a1.sources.r1.channels` is `channels` of a source.',
    '## The agent',
    propertiesTable([
      ['`sources`', 'list', '–', 'Names of the sources that run, separated by white space.'],
      ['**`channels`**', 'list', '–', 'Names of the channels.'],
      ['`sinks`', 'list', '–', 'Names of the sinks that run. An agent has a source or a sink.'],
      ['`sinkgroups`', 'list', '–', 'Names of the groups of sinks.'],
      ...rowsOf(agentFields, 'flumen.'),
    ]),
    'In YAML and JSON the keys of a map are the list: `sources: {r1: …}`. The keys under `flumen` can also be given on ' +
      'the command line: `-Dflumen.stopTimeout=30s`. Apache Flume ignores them.',
    ...monitoringPart(),
    '## Every source',
    propertiesTable([
      ['**`type`**', 'text', '–', 'Which source it is: [sources](sources/README.md).'],
      ['**`channels`**', 'list', '–', 'The channels that get its events.'],
      [
        '`interceptors`',
        'list',
        '–',
        'Names of its [interceptors](interceptors/README.md), in order; their keys are `interceptors.<name>.…`.',
      ],
      [
        '`selector.type`',
        'text',
        '`replicating`',
        'Which [channel selector](selectors/README.md) it has; its keys are `selector.…`.',
      ],
      ...retry,
    ]),
    '## Every sink',
    propertiesTable([
      ['**`type`**', 'text', '–', 'Which sink it is: [sinks](sinks/README.md).'],
      ['**`channel`**', 'text', '–', 'The channel that it takes events from.'],
      ...retry,
    ]),
    '## Every sink group',
    propertiesTable([
      ['**`sinks`**', 'list', '–', 'Names of its sinks; a sink belongs to one group.'],
      [
        '**`processor.type`**',
        'text',
        '`default` for one sink',
        'Which [sink processor](processors/README.md) it has; its keys are `processor.…`.',
      ],
    ]),
  )
}

function monitoringPart(): string[] {
  return [
    '## Monitoring',
    'An agent shows its numbers by HTTP on port 41414 of this machine unless told otherwise; one inside a program, and ' +
      '`flumen pipe`, only when asked. When nobody asked for it and the port is taken, the agent runs without.',
    propertiesTable([
      [
        '`flumen.monitoring.type`',
        'text',
        '`http`',
        'Which [monitor](monitors/README.md) shows the numbers of the agent; its keys are `flumen.monitoring.…`. `none`: nobody.',
      ],
    ]),
    "Flume's way to say it works too: `-Dflume.monitoring.type=http -Dflume.monitoring.port=34545`.",
  ]
}

function errorsPage(): string {
  const known = errors as unknown as Readonly<Record<string, { readonly code?: string; readonly verdict?: string }>>
  const rows = docstringsOf(join(source, 'core/errors.ts')).flatMap(({ name, doc }) => {
    const { code: errorCode, verdict } = known[name] ?? {}
    if (errorCode === undefined || verdict === undefined || name === 'FlumenError') return []
    return [[code(errorCode), code(verdict), code(name), sentence(doc)]]
  })
  return page(
    '# Errors',
    'An error says what is to be done about it: its *verdict*.',
    [
      '- `retry`: the same batch may succeed later; it is tried again, with growing pauses.',
      '- `reject`: these events never will; they go to the dead letters with the reason, the rest goes on.',
      '- `fatal`: the component stops, and is restarted or stops the agent, as `flumen.onFailure` says.',
    ].join('\n'),
    'Log lines have the code. An error without a verdict, of a library for example, counts as `retry`, with its own code or `UNKNOWN`.',
    table(
      ['Code', 'Verdict', 'Class', 'Meaning'],
      rows.sort(([one = ''], [other = '']) => one.localeCompare(other, 'en')),
    ),
  )
}

function metricsPage(documented: readonly Documented[]): string {
  const declared = documented.flatMap(({ declaration: { kind, metrics = [] }, name, page: path }) =>
    metrics.map((metric) => [
      code(declaredName(kind, metric)),
      `${metric.kind}${metric.isLoss ? ', loss' : ''}`,
      `[${name}](${path}) ${kindNames[kind].one}`,
      metric.flume === undefined ? '–' : code(metric.flume),
      sentence(metric.doc),
    ]),
  )
  return page(
    '# Metrics',
    'Every source, channel and sink keeps an account that adds up at any time. These are all numbers of an agent, as ' +
      'Prometheus gets them from the [http monitor](monitors/http.md); `/status` has them as JSON. Their labels are ' +
      "`agent`, of a component `component`, and those that the table names. In Flume's JSON and in Ganglia they are " +
      '[the attributes of Flume](#attributes-of-flume).',
    ...vocabularyParts(),
    ...(declared.length === 0
      ? []
      : [
          '## What components count besides',
          'The label `component` says which one. A counter with *loss* counts events that are gone for good.',
          table(['Metric', 'Kind', 'Component', "Apache Flume's name", 'Meaning'], declared),
        ]),
    '## Attributes of Flume',
    'The members of a component in the JSON of `/metrics`, all of them text; what components count besides is there ' +
      "where it has Flume's name.",
    table(
      ['Key', 'Members'],
      Object.entries(flumeAttributeNames).map(([kind, names]) => [code(`${kind.toUpperCase()}.<name>`), codes(names)]),
    ),
    '## Accounts',
    'They close at every reading; a program reads them with `agent.accounts`.',
    ...accounts(),
  )
}

function vocabularyParts(): string[] {
  const titles: Readonly<Record<keyof typeof vocabulary, string>> = {
    agent: 'The agent',
    component: 'Every component',
    source: 'Sources',
    channel: 'Channels',
    sink: 'Sinks',
    process: 'The process',
  }
  return Object.entries(titles).flatMap(([part, title]) => [
    `## ${title}`,
    table(
      ['Metric', 'Kind', 'Labels', 'Meaning'],
      vocabulary[part as keyof typeof vocabulary].map(({ name, kind, doc }) => [code(name), kind, labelsOf(name), doc]),
    ),
  ])
}

/** The labels that a metric has of its own. */
function labelsOf(metric: string): string {
  const sample = families.find(({ name }) => name === metric)?.samples[0]
  if (!sample) throw new Error(`${metric} has no sample`)
  const own = Object.keys(sample.labels).filter((label) => label !== 'agent' && label !== 'component')
  return own.length === 0 ? '–' : codes(own)
}

function accounts(): string[] {
  const places: readonly (readonly [title: string, file: string, name: string])[] = [
    ['A source', 'core/source.ts', 'PutAccount'],
    ['A channel', 'core/channel.ts', 'ChannelAccount'],
    ['A sink', 'runtime/account.ts', 'SinkAccount'],
  ]
  return places.flatMap(([title, file, name]) => {
    const found = docstringsOf(join(source, file)).find((each) => each.name === name)
    if (!found) throw new Error(`${file} has no ${name}`)
    const members = found.members.filter(({ doc }) => doc !== '')
    return [
      `### ${title}`,
      sentence(found.doc),
      `Counted are ${codes(found.members.map((member) => member.name))}.`,
      ...(members.length === 0
        ? []
        : [
            table(
              ['Number', 'Meaning'],
              members.map((member) => [code(member.name), sentence(member.doc)]),
            ),
          ]),
    ]
  })
}
