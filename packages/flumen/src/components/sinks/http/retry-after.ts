/**
 * The pause that `Retry-After` asks for, ms: a number of seconds, or a date. undefined: none that can be read, or that
 * is to be heard.
 * @param now wall clock, ms since the epoch
 * @param longest ms; 0: it is not heard
 */
export function retryAfterMs(header: string | undefined, now: number, longest: number): number | undefined {
  const text = header?.trim()
  if (!text || longest === 0) return undefined
  const asked = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isNaN(asked) ? undefined : Math.min(Math.max(asked, 0), longest)
}
