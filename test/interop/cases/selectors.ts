import { type Case, casesOf, event } from './case.ts'

type Config = Readonly<Record<string, string>>
type Row = readonly [string, Config, object]

/** Which channels an event goes to. */
export function selectorCases(): Case[] {
  return casesOf('selector', [...replicating(), ...multiplexing(), ...optional(), ...loadBalancing(), ...types()])
}

const all = ['c1', 'c2', 'c3', 'c4']

const values: readonly (string | undefined)[] = [
  undefined,
  '',
  ' ',
  '\t',
  'CZ',
  'US',
  'cz',
  ' CZ',
  'CZ ',
  'x.y',
  'New York',
  'ü',
  'null',
  'default',
]

function withHeader(name: string) {
  return values.map((value) => event('x', value === undefined ? { other: 'CZ' } : { [name]: value }))
}

function row(name: string, config: Config, header = 'state', channels: readonly string[] = all): Row {
  return [name, config, { channels, events: withHeader(header) }]
}

function replicating(): Row[] {
  const few = (name: string, config: Config, channels: readonly string[] = all): Row => [
    name,
    config,
    { channels, events: [event('x'), event('y')] },
  ]
  const type = 'replicating'
  return [
    few('no type', {}),
    few('an empty type', { type: '' }),
    few('a blank type', { type: ' ' }),
    few('replicating', { type }),
    few('replicating to one channel', { type }, ['c1']),
    few('replicating keeps the order of channels', { type }, ['c4', 'c1', 'c3']),
    few('replicating to no channel', { type }, []),
    ...['c4', 'c4 c2', 'c4\tc2', ' c4', 'c4  c2', 'c1 c2 c3 c4', 'c4 c4', 'nope', 'c4 nope', 'c4,c2', 'C4'].map(
      (list) => few(`replicating optional "${list}"`, { type, optional: list }),
    ),
  ]
}

const mapping: Config = {
  type: 'multiplexing',
  header: 'state',
  'mapping.CZ': 'c1',
  'mapping.US': 'c2 c3',
  default: 'c4',
}

function multiplexing(): Row[] {
  const without = (key: string): Config => Object.fromEntries(Object.entries(mapping).filter(([name]) => name !== key))
  return [
    row('multiplexing', mapping),
    row('multiplexing by the default header', without('header'), 'flume.selector.header'),
    row('multiplexing without a default', without('default')),
    row('multiplexing without mappings', { type: 'multiplexing', header: 'state', default: 'c4' }),
    row('multiplexing with nothing', { type: 'multiplexing' }),
    row('multiplexing with two defaults', { ...mapping, default: 'c4 c1' }),
    row('multiplexing names a channel twice', { ...mapping, 'mapping.US': 'c2 c2' }),
    row('multiplexing with dots in the value', { ...mapping, 'mapping.x.y': 'c3' }),
    row('multiplexing with a blank in the value', { ...mapping, 'mapping.New York': 'c3' }),
    row('multiplexing with a blank before the value', { ...mapping, 'mapping. CZ': 'c3' }),
    row('multiplexing with unicode', { ...mapping, 'mapping.ü': 'c3' }),
    row('multiplexing with an empty value', { ...mapping, 'mapping.': 'c3' }),
    row('multiplexing with both cases', { ...mapping, 'mapping.cz': 'c3' }),
    row('multiplexing maps the word default', { ...mapping, 'mapping.default': 'c3' }),
    row('multiplexing to an unknown channel', { ...mapping, 'mapping.CZ': 'nope' }),
    row('multiplexing to a known and an unknown channel', { ...mapping, 'mapping.CZ': 'c1 nope' }),
    row('multiplexing with an unknown default', { ...mapping, default: 'nope' }),
    row('multiplexing with two blanks between', { ...mapping, 'mapping.US': 'c2  c3' }),
    row('multiplexing with a tab between', { ...mapping, 'mapping.US': 'c2\tc3' }),
    row('multiplexing with a comma between', { ...mapping, 'mapping.US': 'c2,c3' }),
    row('multiplexing with an empty mapping', { ...mapping, 'mapping.CZ': '' }),
    row('multiplexing with a blank mapping', { ...mapping, 'mapping.CZ': ' ' }),
    row('multiplexing with a trailing blank', { ...mapping, 'mapping.CZ': 'c1 ' }),
    row('multiplexing by class name', { ...mapping, type: 'org.apache.flume.channel.MultiplexingChannelSelector' }),
    row('multiplexing in upper case', { ...mapping, type: 'MULTIPLEXING' }),
    row('multiplexing with a mapping without a dot', { ...mapping, mapping: 'c3' }),
    row('multiplexing over a header with a dot', { ...mapping, header: 'a.b' }, 'a.b'),
  ]
}

function optional(): Row[] {
  const more = (name: string, config: Config): Row => row(`multiplexing, optional ${name}`, { ...mapping, ...config })
  return [
    more('for a mapped value', { 'optional.CZ': 'c2' }),
    more('of the required channel', { 'optional.CZ': 'c1' }),
    more('of required and other channels', { 'optional.US': 'c2 c4 c1' }),
    more('for an unmapped value', { 'optional.cz': 'c1' }),
    more('for an unmapped value, of the default', { 'optional.cz': 'c4' }),
    more('for an unmapped value, of the default and another', { 'optional.cz': 'c4 c3' }),
    more('the same channel twice', { 'optional.CZ': 'c2 c2' }),
    more('the required channel twice', { 'optional.CZ': 'c1 c1' }),
    more('of an unknown channel', { 'optional.CZ': 'nope' }),
    more('with an empty list', { 'optional.CZ': '' }),
    more('for the word default', { 'optional.default': 'c3' }),
    more('for the word null', { 'optional.null': 'c3' }),
    more('without a value', { optional: 'c3' }),
    more('for a blank value', { 'optional. ': 'c3' }),
    row('multiplexing, optional without any mapping or default', {
      type: 'multiplexing',
      header: 'state',
      'optional.CZ': 'c1',
    }),
  ]
}

function loadBalancing(): Row[] {
  const type = 'load_balancing'
  return [
    row('load_balancing', { type }),
    row('load_balancing over one channel', { type }, 'state', ['c1']),
    row('load_balancing over two channels', { type }, 'state', ['c2', 'c1']),
    row('load_balancing round_robin', { type, policy: 'round_robin' }),
    row('load_balancing ROUND_ROBIN', { type, policy: 'ROUND_ROBIN' }),
    row('load_balancing at random over one channel', { type, policy: 'random' }, 'state', ['c1']),
    row('load_balancing with an unknown policy', { type, policy: 'nope' }),
    row('load_balancing by class name', { type: 'org.apache.flume.channel.LoadBalancingChannelSelector' }),
    row('load_balancing over no channel', { type }, 'state', []),
  ]
}

function types(): Row[] {
  return [
    'Replicating',
    'other',
    'OTHER',
    'nope',
    'replicating ',
    'org.apache.flume.channel.ReplicatingChannelSelector',
    'java.lang.String',
  ].map((type) => [`type "${type}"`, { type }, { channels: all, events: [event('x')] }])
}
