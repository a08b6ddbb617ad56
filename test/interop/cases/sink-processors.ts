import { type Case, casesOf } from './case.ts'

type Config = Readonly<Record<string, string>>
type Outcome = 'READY' | 'BACKOFF' | 'throw' | 'runtime' | 'error'
type Row = readonly [string, Config, object]

/** Scripted sinks under each sink processor. Numbers among the steps are milliseconds by which the time goes on. */
export function sinkProcessorCases(): Case[] {
  return casesOf('sink_processor', [
    ...defaultRows(),
    ...failoverRows(),
    ...priorityRows(),
    ...penaltyRows(),
    ...balanceRows(),
    ...backoffRows(),
    ...typeRows(),
  ])
}

const sink = (name: string, ...outcomes: readonly Outcome[]) => ({ name, outcomes })
const process = (count: number) => Array.from({ length: count }, () => 'process')

function row(name: string, config: Config, sinks: readonly object[], steps: readonly (string | number)[]): Row {
  return [name, config, { sinks, steps }]
}

function defaultRows(): Row[] {
  const type = 'default'
  return [
    row('default', { type }, [sink('k1', 'READY', 'BACKOFF', 'throw', 'READY')], process(4)),
    row('default with two sinks', { type }, [sink('k1', 'READY'), sink('k2', 'READY')], process(1)),
    row('default with an error', { type }, [sink('k1', 'error', 'runtime', 'READY')], process(3)),
  ]
}

const failover: Config = { type: 'failover', 'priority.k1': '10', 'priority.k2': '5', 'priority.k3': '1' }

function failoverRows(): Row[] {
  const k = (first: Outcome[], second: Outcome[] = ['READY'], third: Outcome[] = ['READY']) => [
    sink('k1', ...first),
    sink('k2', ...second),
    sink('k3', ...third),
  ]
  return [
    row('failover: all is well', failover, k(['READY']), process(3)),
    row('failover: BACKOFF is no failure', failover, k(['BACKOFF', 'BACKOFF', 'READY']), process(3)),
    row('failover: the next one in the same call', failover, k(['throw']), process(3)),
    row('failover: any exception counts', failover, k(['runtime'], ['throw']), process(2)),
    row('failover: an Error is let out', failover, k(['error', 'READY']), process(2)),
    row('failover: all fail', failover, k(['throw'], ['throw'], ['throw']), process(3)),
    row(
      'failover: all fail and stay in their penalty',
      failover,
      k(['throw', 'READY'], ['throw', 'READY'], ['throw', 'READY']),
      ['process', 'process', 1000, 'process'],
    ),
    row('failover: not before the penalty of 2 s', failover, k(['throw', 'READY']), [
      'process',
      1000,
      'process',
      500,
      'process',
    ]),
    row('failover: back after the penalty', failover, k(['throw', 'READY']), ['process', 3000, 'process', 'process']),
    row(
      'failover: BACKOFF after the penalty stays in the pool',
      failover,
      k(['throw', 'BACKOFF', 'BACKOFF', 'READY']),
      ['process', 3000, 'process', 'process', 'process', 'process'],
    ),
    row('failover: BACKOFF of one in the pool ends the call', failover, k(['throw', 'BACKOFF'], ['throw', 'READY']), [
      'process',
      3000,
      'process',
      'process',
    ]),
    row('failover: failing again doubles', failover, k(['throw', 'throw', 'READY']), [
      'process',
      3000,
      'process',
      3000,
      'process',
      2000,
      'process',
      'process',
    ]),
    row('failover: two in the pool, the earlier first', failover, k(['throw', 'READY'], ['READY', 'throw', 'READY']), [
      'process',
      1000,
      'process',
      3000,
      'process',
      'process',
      'process',
    ]),
    row(
      'failover: two in the pool, both fail again',
      failover,
      k(['throw', 'throw', 'READY'], ['throw', 'throw', 'READY']),
      ['process', 3000, 'process', 3000, 'process', 3000, 'process', 'process', 'process'],
    ),
    row('failover: a recovered lower one does not take over', failover, k(['READY'], ['READY']), process(2)),
    row(
      'failover: a lower one recovers while a higher one is dead',
      failover,
      k(['throw'], ['throw', 'READY'], ['READY']),
      ['process', 3000, 'process', 'process', 'process'],
    ),
    row('failover: nothing left, then one comes back', failover, k(['throw', 'READY'], ['throw'], ['throw']), [
      'process',
      3000,
      'process',
      'process',
    ]),
    row(
      'failover: with one sink',
      { type: 'failover', 'priority.k1': '1' },
      [sink('k1', 'throw', 'READY')],
      ['process', 'process', 3000, 'process'],
    ),
  ]
}

function priorityRows(): Row[] {
  const names = ['k1', 'k2', 'k3', 'k4']
  const fail = (list: readonly string[]) => list.map((name) => sink(name, 'throw'))
  const type = 'failover'
  return [
    row('priorities: none, in hash order', { type }, fail(names), ['process']),
    row('priorities: none, other names', { type }, fail(['sink', 'hdfs', 'avro', 'b', 'a', 'ünï']), ['process']),
    row(
      'priorities: higher first',
      { type, 'priority.k1': '1', 'priority.k2': '3', 'priority.k3': '2', 'priority.k4': '-4' },
      fail(names),
      ['process'],
    ),
    row(
      'priorities: equal ones',
      { type, 'priority.k1': '5', 'priority.k2': '5', 'priority.k3': '1', 'priority.k4': '1' },
      fail(names),
      ['process', 5000, 'process'],
    ),
    row('priorities: some missing', { type, 'priority.k1': '5', 'priority.k3': '1' }, fail(names), ['process']),
    row(
      'priorities: no numbers',
      { type, 'priority.k1': 'high', 'priority.k2': '', 'priority.k3': '1.5', 'priority.k4': ' 2' },
      fail(names),
      ['process'],
    ),
    row(
      'priorities: a given one that meets an assigned one',
      { type, 'priority.k1': '-1', 'priority.k2': '7' },
      fail(names),
      ['process'],
    ),
    row(
      'priorities: zero and beyond int',
      { type, 'priority.k1': '0', 'priority.k2': '2147483648', 'priority.k3': '+3', 'priority.k4': '2147483647' },
      fail(names),
      ['process'],
    ),
    row('priorities: of an unknown sink', { type, 'priority.k9': '5', 'priority.k1': '1' }, fail(names), ['process']),
  ]
}

/** The n-th consecutive failure waits min(maxpenalty, 2^n s): retried once the steps reach it. */
function penaltyRows(): Row[] {
  const type = 'failover'
  const dead = [sink('k1', 'throw'), sink('k2', 'READY')]
  const config = (maxpenalty: string): Config => ({ type, 'priority.k1': '2', 'priority.k2': '1', maxpenalty })
  const growth = [2, 4, 8, 16, 32].flatMap((seconds) => [seconds * 1000 - 700, 'process', 1000, 'process'])
  return [
    row('penalties grow to 30 s', { type, 'priority.k1': '2', 'priority.k2': '1' }, dead, ['process', ...growth]),
    ...['1000', '5000', '100000', '0', 'x', ''].map((maxpenalty) =>
      row(`maxpenalty "${maxpenalty}"`, config(maxpenalty), dead, ['process', ...growth]),
    ),
    row('penalties of 25 failures in a row', config('3000'), dead, [
      'process',
      ...Array.from({ length: 26 }, () => [3500, 'process']).flat(),
      'process',
      'process',
    ]),
  ]
}

const type = 'load_balance'

function balanceRows(): Row[] {
  const well = ['k1', 'k2', 'k3'].map((name) => sink(name, 'READY'))
  const bad = ['k1', 'k2', 'k3'].map((name) => sink(name, 'throw'))
  const one = [sink('k1', 'READY'), sink('k2', 'throw'), sink('k3', 'READY')]
  const unordered = (
    name: string,
    config: Config,
    sinks: readonly object[],
    steps: readonly (string | number)[],
  ): Row => [name, config, { sinks, steps, any_order: true }]
  return [
    row('round robin', { type }, well, process(7)),
    row(
      'round robin keeps the order of the list',
      { type },
      [sink('z', 'READY'), sink('a', 'READY'), sink('m', 'READY')],
      process(4),
    ),
    row('round robin: BACKOFF is an answer', { type }, [sink('k1', 'BACKOFF'), sink('k2', 'READY')], process(4)),
    row('round robin: the next one in the same call', { type }, one, process(7)),
    row('round robin: all fail', { type }, bad, process(4)),
    row('round robin: any exception', { type }, [sink('k1', 'runtime'), sink('k2', 'READY')], process(3)),
    row('round robin: an Error is let out', { type }, [sink('k1', 'error'), sink('k2', 'READY')], process(3)),
    row('round robin by name', { type, selector: 'ROUND_ROBIN' }, well, process(4)),
    row(
      'round robin: a failed one is tried every time',
      { type },
      [sink('k1', 'throw', 'throw', 'READY'), sink('k2', 'READY')],
      process(6),
    ),
    unordered('random: all fail', { type, selector: 'random' }, bad, process(3)),
    unordered('random with backoff: all fail', { type, selector: 'RANDOM', backoff: 'true' }, bad, [
      'process',
      'process',
      3000,
      'process',
    ]),
    row('one sink', { type }, [sink('k1', 'READY')], process(1)),
    row('an unknown selector', { type, selector: 'nope' }, well, process(1)),
    row('a class that is no selector', { type, selector: 'java.lang.String' }, well, process(1)),
    row('the inner name round_robin_backoff', { type, selector: 'round_robin_backoff' }, well, process(1)),
  ]
}

function backoffRows(): Row[] {
  const backoff: Config = { type, backoff: 'true' }
  const one = (...outcomes: Outcome[]) => [sink('k1', 'READY'), sink('k2', ...outcomes), sink('k3', 'READY')]
  const two = (first: Outcome[], second: Outcome[]) => [sink('k1', ...first), sink('k2', ...second)]
  return [
    row('backoff: a failed one is left out', backoff, one('throw', 'READY'), process(6)),
    row('backoff: not before 2 s', backoff, one('throw', 'READY'), [...process(2), 1000, ...process(3)]),
    row('backoff: back after 2 s', backoff, one('throw', 'READY'), [...process(2), 3000, ...process(6)]),
    row('backoff: failing again within the hour doubles', backoff, one('throw', 'throw', 'READY'), [
      ...process(2),
      3000,
      ...process(3),
      3000,
      ...process(3),
      2000,
      ...process(3),
    ]),
    row('backoff: an hour later it starts over', backoff, one('throw', 'throw', 'READY'), [
      ...process(2),
      4_000_000,
      ...process(3),
      3000,
      ...process(3),
    ]),
    row('backoff: success does not reset the count', backoff, two(['throw', 'READY', 'throw', 'READY'], ['READY']), [
      'process',
      3000,
      ...process(4),
      3000,
      ...process(2),
      2000,
      ...process(2),
    ]),
    row('backoff: all left out', backoff, two(['throw', 'READY'], ['throw', 'READY']), [
      'process',
      'process',
      1000,
      'process',
      2000,
      ...process(3),
    ]),
    row(
      'backoff: the head moves when the list shrinks',
      backoff,
      [sink('k1', 'READY'), sink('k2', 'READY'), sink('k3', 'throw', 'READY'), sink('k4', 'READY')],
      [...process(8), 3000, ...process(6)],
    ),
    row(
      'backoff: maxTimeOut caps',
      { ...backoff, 'selector.maxTimeOut': '1000' },
      two(['throw', 'throw', 'throw', 'READY'], ['READY']),
      ['process', 1500, ...process(2), 1500, ...process(2), 1500, ...process(2)],
    ),
    row(
      'backoff: maxTimeOut 0 is the default',
      { ...backoff, 'selector.maxTimeOut': '0' },
      two(['throw', 'READY'], ['READY']),
      ['process', 1000, ...process(2), 2000, ...process(3)],
    ),
    row(
      'backoff: maxTimeOut that is no number',
      { ...backoff, 'selector.maxTimeOut': 'x' },
      two(['READY'], ['READY']),
      process(1),
    ),
    row(
      'backoff: maxTimeOut where old versions had it',
      { ...backoff, maxTimeOut: '1000' },
      two(['throw', 'READY'], ['READY']),
      ['process', 1500, ...process(3)],
    ),
    ...['TRUE', 'yes', '1', 'false'].map((text) =>
      row(`backoff "${text}"`, { type, backoff: text }, one('throw', 'READY'), process(6)),
    ),
    row('maxTimeOut without backoff', { type, 'selector.maxTimeOut': '1000' }, one('throw', 'READY'), process(6)),
  ]
}

function typeRows(): Row[] {
  const sinks = [sink('k1', 'READY'), sink('k2', 'READY')]
  return [
    'Failover',
    'LOAD_BALANCE',
    'load_balancing',
    'round_robin',
    '',
    'nope',
    'org.apache.flume.sink.FailoverSinkProcessor',
    'org.apache.flume.sink.LoadBalancingSinkProcessor',
    'java.lang.String',
  ].map((name) => row(`type "${name}"`, { type: name }, sinks, process(2)))
}
