import { parseDuration, parseSize } from '../../config/units.ts'

/** What a source gets: events a second, and bytes of one with its headers. */
export interface Rate {
  readonly perSecond: number
  /** Undefined: not said. */
  readonly eventBytes: number | undefined
}

/** What a sink or source can do: events a second, or how long it takes for a batch. */
export type Limit = { readonly perSecond: number } | { readonly batchSeconds: number }

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 }
const factors: Readonly<Record<string, number>> = { '': 1, k: 1000, M: 1_000_000 }

/** `5000/s`, `5k/s`, `300k/m`, `1M/h`; `5000` is a second's; then perhaps `x500` or `x1kB`, the bytes of an event. */
export function parseRate(text: string): Rate | undefined {
  const [, number = '', factor = '', unit = 's', size] =
    /^(\d+(?:\.\d+)?)([kM]?)(?:\/(s|m|min|h|d))?\s*(?:x\s*(\S+))?$/.exec(text.trim()) ?? []
  const perSecond = (Number(number) * factors[factor]!) / seconds[unit]!
  const eventBytes = size === undefined ? undefined : parseSize(size, 'B')
  if (number === '' || !Number.isFinite(perSecond) || (size !== undefined && !(eventBytes! > 0))) return undefined
  return { perSecond, eventBytes }
}

/** A rate, or the time that a batch takes: `20ms`. */
export function parseLimit(text: string): Limit | undefined {
  const rate = parseRate(text)
  if (rate && rate.eventBytes === undefined) return { perSecond: rate.perSecond }
  const ms = parseTime(text)
  return ms === undefined || ms === 0 ? undefined : { batchSeconds: ms / 1000 }
}

/** ms of a duration with its unit; without one it is none. */
export function parseTime(text: string): number | undefined {
  if (!/[a-z]$/.test(text.trim())) return undefined
  const ms = parseDuration(text, 's')
  return ms === undefined || ms < 0 ? undefined : ms
}

/** `c1:80%,c2:0.2`: parts by name, 0 to 1. */
export function parseShares(text: string): ReadonlyMap<string, number> | undefined {
  const shares = new Map<string, number>()
  for (const word of text.split(',')) {
    const [, name = '', number = '', percent] = /^\s*([^:]+):(\d+(?:\.\d+)?)(%?)\s*$/.exec(word) ?? []
    const share = Number(number) / (percent === '%' ? 100 : 1)
    if (name === '' || !(share >= 0 && share <= 1) || shares.has(name)) return undefined
    shares.set(name, share)
  }
  return shares
}

/** Bytes of a size; disks may also be told of in TB and TiB. */
export function parseRoom(text: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*(TB|TiB)$/.exec(text.trim()) ?? []
  if (number !== undefined) return Number(number) * (unit === 'TB' ? 1e12 : 1024 ** 4)
  const bytes = parseSize(text, 'B')
  return bytes === undefined || bytes < 0 ? undefined : bytes
}

/** A whole number from 1. */
export function parseCount(text: string): number | undefined {
  const count = Number(text)
  return /^\d+$/.test(text.trim()) && Number.isSafeInteger(count) && count > 0 ? count : undefined
}
