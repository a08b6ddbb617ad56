export type Config = Readonly<Record<string, string>>
export type Step = readonly [thread: string, operation: string, argument?: string | number | Config | null]
export type Row = readonly [string, Config, object]

/** Nothing is waited for. */
export const now: Config = { 'keep-alive': '0' }
/** Room for three events. */
export const small: Config = { ...now, capacity: '3', transactionCapacity: '3' }

/** A case of steps, in order. */
export function row(name: string, config: Config, ...steps: readonly (Step | readonly Step[])[]): Row {
  return [
    name,
    config,
    { steps: steps.flatMap((step) => (typeof step[0] === 'string' ? [step as Step] : (step as Step[]))) },
  ]
}

/** `t` gets and begins a transaction; the others go on with it. */
export const open = (thread = 't'): Step[] => [
  [thread, 'get'],
  [thread, 'begin'],
]
export const put = (...bodies: readonly (string | number)[]): Step[] => bodies.map((body) => ['t', 'put', body])
export const take = (count: number, thread = 't'): Step[] => Array.from({ length: count }, () => [thread, 'take'])
export const commit = (thread = 't'): Step[] => [
  [thread, 'commit'],
  [thread, 'close'],
]
export const rollback = (thread = 't'): Step[] => [
  [thread, 'rollback'],
  [thread, 'close'],
]
/** One committed transaction of puts. */
export const store = (...bodies: readonly (string | number)[]): Step[] => [...open(), ...put(...bodies), ...commit()]
export const counters: Step = ['t', 'counters']
