export type DurationUnit = 'ms' | 's' | 'm' | 'h' | 'd'
export type SizeUnit = 'B' | 'kB' | 'KiB' | 'MB' | 'MiB' | 'GB' | 'GiB'

const milliseconds: Readonly<Record<DurationUnit, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const bytes: Readonly<Record<SizeUnit, number>> = {
  B: 1,
  kB: 1000,
  KiB: 1024,
  MB: 1000 ** 2,
  MiB: 1024 ** 2,
  GB: 1000 ** 3,
  GiB: 1024 ** 3,
}

export const durationUnits = Object.keys(milliseconds) as readonly DurationUnit[]
export const sizeUnits = Object.keys(bytes) as readonly SizeUnit[]

/** A duration in ms; a bare number has the unit of its field. `undefined`: not a duration. */
export function parseDuration(text: string, bare: DurationUnit): number | undefined {
  return scaled(text, bare, milliseconds)
}

/** A size in bytes; a bare number has the unit of its field. `undefined`: not a size, or not whole bytes. */
export function parseSize(text: string, bare: SizeUnit): number | undefined {
  const size = scaled(text, bare, bytes)
  return size === undefined || !Number.isSafeInteger(size) ? undefined : size
}

/** Whole ms of a number in a unit. */
export function toMilliseconds(value: number, unit: DurationUnit): number {
  return value * milliseconds[unit]
}

export function toBytes(value: number, unit: SizeUnit): number {
  return value * bytes[unit]
}

/** How a number with a unit that there is not may have been meant: `64KB` as `64kB` or `64KiB`. */
export function withSimilarUnits(text: string, units: readonly string[]): readonly string[] {
  const [, digits = '', unit = ''] = numberAndUnit.exec(text.trim()) ?? []
  const initial = unit.charAt(0).toLowerCase()
  if (initial === '' || units.includes(unit)) return []
  return units.filter((known) => known.charAt(0).toLowerCase() === initial).map((known) => digits + known)
}

const numberAndUnit = /^([+-]?\d+(?:\.\d+)?)\s*([A-Za-z]*)$/

function scaled<U extends string>(text: string, bare: U, factors: Readonly<Record<U, number>>): number | undefined {
  const [, digits, unit] = numberAndUnit.exec(text.trim()) ?? []
  const known = unit === '' ? bare : (Object.keys(factors) as U[]).find((each) => each === unit)
  if (digits === undefined || known === undefined) return undefined
  const value = Number(digits) * factors[known]
  return Number.isFinite(value) ? withoutNoise(value) : undefined
}

/** 1.005 kB is 1005 bytes, although 1.005 * 1000 is 1004.9999999999999 in binary fractions. */
function withoutNoise(value: number): number {
  const whole = Math.round(value)
  return Math.abs(value - whole) < 1e-6 ? whole : value
}
