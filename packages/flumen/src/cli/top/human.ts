import { duration } from '../../core/index.ts'

export { duration }

/** `9999`, `12.3 k`, `1.23 M`. */
export function count(value: number): string {
  if (!Number.isFinite(value)) return '∞'
  if (Math.abs(value) < 9999.5) return String(Math.round(value))
  return scaled(value, 1000, ['', 'k', 'M', 'G', 'T', 'P', 'E'])
}

/** `0`, `0.5/s`, `100/s`, `12.3 k/s`. */
export function rate(perSecond: number): string {
  const size = Math.abs(perSecond)
  if (size < 0.005) return '0/s'
  if (size < 0.095) return `${perSecond.toFixed(2)}/s`
  if (size < 9.95 && !Number.isInteger(perSecond)) return `${perSecond.toFixed(1)}/s`
  return `${count(perSecond)}/s`
}

/** `+50/s`, `-12.3 k/s`. */
export function signedRate(perSecond: number): string {
  return perSecond > 0 ? `+${rate(perSecond)}` : rate(perSecond)
}

/** `512 B`, `84.1 MiB`, `1.23 GiB`. */
export function bytes(value: number): string {
  if (!Number.isFinite(value)) return '∞'
  if (value < 999.5) return `${Math.round(value)} B`
  return `${scaled(value, 1024, ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'])}B`
}

/** As {@link duration}, and finer below ten seconds: `0.2 ms`, `120 ms`, `1.2 s`. */
export function latency(seconds: number): string {
  if (seconds >= 9.95) return duration(seconds)
  if (seconds >= 0.9995) return `${seconds.toFixed(1)} s`
  const ms = Math.max(0, seconds * 1000)
  return `${ms < 9.95 ? trimmed(ms.toFixed(1)) : Math.round(ms)} ms`
}

/** Of a part: `42 %`; never `100 %` before all of it, never `0 %` of something. */
export function percent(part: number): string {
  const rounded = Math.round(part * 100)
  if (rounded >= 100 && part < 1) return '99 %'
  if (rounded === 0 && part > 0) return '1 %'
  return `${rounded} %`
}

/** Three digits and the unit. */
function scaled(value: number, base: number, units: readonly string[]): string {
  let left = value
  let unit = 0
  while (Math.abs(left) >= 999.5 && unit < units.length - 1) {
    left /= base
    unit++
  }
  const size = Math.abs(left)
  const digits = size < 9.995 ? 2 : size < 99.95 ? 1 : 0
  return `${trimmed(left.toFixed(digits))} ${units[unit]}`
}

/** `1.20` is `1.2`, `1.0` is `1`. */
function trimmed(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal
}
