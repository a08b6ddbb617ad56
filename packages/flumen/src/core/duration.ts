/** `0 s`, `20 s`, `3 m 12 s`, `2 h 5 m`, `3 d 4 h`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (!Number.isFinite(whole)) return '∞'
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return two(whole, 60, 'm', 1, 's')
  if (whole < 86_400) return two(whole, 3600, 'h', 60, 'm')
  return two(whole, 86_400, 'd', 3600, 'h')
}

function two(seconds: number, large: number, first: string, small: number, second: string): string {
  const rest = Math.floor((seconds % large) / small)
  const head = `${Math.floor(seconds / large)} ${first}`
  return rest === 0 ? head : `${head} ${rest} ${second}`
}
