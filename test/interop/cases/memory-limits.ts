import {
  type Config,
  commit,
  counters,
  now,
  open,
  put,
  type Row,
  rollback,
  row,
  type Step,
  small,
  store,
  take,
} from './memory-script.ts'

/** The limit in bytes, and what each setting becomes. */
export function limitRows(): Row[] {
  return [...byteRows(), ...configurationRows()]
}

/** byteCapacity B at the usual 20 percent gives B × 0.8 / 100 slots; a body costs its length / 100, rounded up. */
function byteRows(): Row[] {
  const bytes = (byteCapacity: string, byteCapacityBufferPercentage?: string): Config =>
    byteCapacityBufferPercentage === undefined
      ? { ...now, byteCapacity }
      : { ...now, byteCapacity, byteCapacityBufferPercentage }
  const attempt = (...sizes: readonly number[]): Step[] => [...open(), ...put(...sizes), ['t', 'commit'], ...rollback()]
  return [
    ...['125', '249', '250', '375', '1000'].map((capacity) =>
      row(
        `byteCapacity ${capacity}, bodies of 100`,
        bytes(capacity),
        attempt(100),
        attempt(100),
        attempt(100),
        counters,
      ),
    ),
    ...['0', '1', '124', '-1', '-1000'].map((capacity) =>
      row(`byteCapacity ${capacity} is no limit`, bytes(capacity), attempt(100_000), counters),
    ),
    ...['0', '50', '100', '99', '-100', '150', 'x'].map((percentage) =>
      row(
        `byteCapacity 500 with a buffer of ${percentage} percent`,
        bytes('500', percentage),
        attempt(100, 100),
        attempt(100, 100),
        attempt(100, 100),
      ),
    ),
    ...[1, 99, 100, 101, 200, 201].map((size) =>
      row(`slots of bodies of ${size}`, bytes('375'), attempt(size), attempt(size), attempt(size), attempt(size)),
    ),
    row('empty bodies cost a slot', bytes('250'), attempt(0), attempt(0), attempt(0)),
    row('one body above all slots', bytes('250'), attempt(1000), attempt(1), counters),
    row(
      'slots are freed at the commit of takes',
      bytes('250'),
      store(100, 100),
      attempt(1),
      open(),
      take(2),
      attemptWhileOpen(),
      commit(),
      store(100),
      counters,
    ),
    row(
      'slots are not freed by a rollback of takes',
      bytes('250'),
      store(100, 100),
      open(),
      take(2),
      rollback(),
      attempt(1),
    ),
    row(
      'slots are given back when there is no room for events',
      { ...bytes('1000'), capacity: '1', transactionCapacity: '1' },
      store(100),
      attempt(100),
      attempt(100),
      open(),
      take(1),
      commit(),
      store(700),
    ),
    row(
      'a transaction that takes as many as it puts is not checked',
      bytes('250'),
      store(100, 100),
      open(),
      take(1),
      put(500),
      commit(),
      open(),
      take(2),
      commit(),
      attempt(100),
      attempt(100),
      attempt(100),
    ),
    row(
      'an unlimited channel errs when takes cover puts twice',
      bytes('0'),
      store('a'),
      ...['b', 'c'].map((body) => [...open(), ...take(1), ...put(body), ['t', 'commit'], ...rollback()] as const),
      counters,
      open(),
      take(2),
      commit(),
    ),
    row('byteCapacity that is no number', bytes('x'), attempt(100_000)),
    row('byteCapacity beyond int', bytes('999999999999999'), attempt(100_000)),
  ]
}

/** A second thread tries to put while the first one's takes are open. */
function attemptWhileOpen(): Step[] {
  return [...open('u'), ['u', 'put', 1], ['u', 'commit'], ...rollback('u')]
}

function configurationRows(): Row[] {
  const fill = [...store('a'), counters]
  return [
    ...['0', '-5', 'x', '', '1.5', ' 7 ', '2147483648'].map((capacity) =>
      row(`capacity "${capacity}"`, { ...now, capacity, transactionCapacity: '5' }, fill),
    ),
    ...['0', '-5', 'x', '101', '100', ' 5 '].map((transactionCapacity) =>
      row(`transactionCapacity "${transactionCapacity}"`, { ...now, transactionCapacity }, fill),
    ),
    row('capacity 50 alone', { ...now, capacity: '50' }, fill),
    row('keep-alive that is no number', { 'keep-alive': 'x', capacity: '5', transactionCapacity: '5' }, fill),
    row(
      'grown in place',
      small,
      store('a', 'b', 'c'),
      ['t', 'configure', { ...now, capacity: '5', transactionCapacity: '5' }],
      store('d', 'e'),
      counters,
      open(),
      take(5),
      commit(),
    ),
    row(
      'shrunk in place',
      { ...now, capacity: '5', transactionCapacity: '5' },
      store('a'),
      ['t', 'configure', small],
      store('b', 'c'),
      open(),
      put('d'),
      ['t', 'commit'],
      rollback(),
    ),
    row(
      'shrunk in place below what it holds',
      { ...now, capacity: '5', transactionCapacity: '5' },
      store('a', 'b', 'c', 'd'),
      ['t', 'configure', small],
      store('e'),
      open(),
      take(4),
      commit(),
      open(),
      take(2),
      commit(),
    ),
    row(
      'transactionCapacity changed in place',
      { ...now, capacity: '5', transactionCapacity: '1' },
      ['t', 'configure', { ...now, capacity: '5', transactionCapacity: '2' }],
      store('a', 'b'),
    ),
  ]
}
