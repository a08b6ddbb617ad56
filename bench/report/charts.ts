/** Horizontal bars, or lines over a logarithmic x axis. */
export type Chart = BarChart | LineChart

export interface BarChart {
  readonly kind: 'bars'
  readonly title: string
  readonly unit: string
  readonly bars: readonly {
    readonly name: string
    readonly value: number
    readonly low?: number
    readonly high?: number
  }[]
}

export interface LineChart {
  readonly kind: 'lines'
  readonly title: string
  readonly xLabel: string
  readonly unit: string
  readonly xs: readonly number[]
  readonly lines: readonly { readonly name: string; readonly ys: readonly (number | null)[] }[]
}

const width = 640
/** About so wide is a character of a name, in the units of the chart. */
const characterWidth = 6
/** Each name has the same colour in all charts. */
const colours: Readonly<Record<string, string>> = {
  'bare Node.js': '#8a8f98',
  'node -e 0': '#8a8f98',
  Flumen: '#1f77b4',
  'Flumen, baseline': '#17a2b8',
  'Flume 1.11.0': '#d9822b',
  'Flume 1.11.0, channel alone': '#e6b35c',
  rsyslog: '#2e9e5b',
  'syslog-ng': '#9467bd',
  'Fluent Bit': '#c0392b',
}
const otherColour = '#b8bcc4'

/** An SVG that is readable on light and dark pages. */
export function svgOf(chart: Chart): string {
  return chart.kind === 'bars' ? barsOf(chart) : linesOf(chart)
}

function barsOf({ title, unit, bars }: BarChart): string {
  const longest = Math.max(0, ...bars.map(({ name }) => name.length))
  const [left, top, step] = [Math.max(150, Math.ceil(longest * characterWidth) + 16), 44, 28]
  const right = width - 110
  const most = Math.max(...bars.map(({ value, high }) => high ?? value))
  const x = (value: number): number => left + ((right - left) * value) / most
  const rows = bars.map(({ name, value, low, high }, index) => {
    const y = top + index * step
    const spread =
      low === undefined || high === undefined
        ? ''
        : `<line x1="${fixed(x(low))}" x2="${fixed(x(high))}" y1="${y + 9}" y2="${y + 9}" stroke="#222" stroke-width="1.5"/>`
    return (
      `<text x="${left - 8}" y="${y + 13}" text-anchor="end">${escaped(name)}</text>` +
      `<rect x="${left}" y="${y}" width="${fixed(Math.max(1, x(value) - left))}" height="18" fill="${colours[name] ?? otherColour}"/>` +
      `${spread}<text x="${fixed(x(high ?? value) + 6)}" y="${y + 13}">${label(value)} ${escaped(unit)}</text>`
    )
  })
  return framed(title, top + bars.length * step + 8, rows)
}

function linesOf({ title, xLabel, unit, xs, lines }: LineChart): string {
  const [left, right, top, bottom] = [70, width - 150, 44, 250]
  const most = Math.max(...lines.flatMap(({ ys }) => ys.map((y) => y ?? 0)))
  const place = scaleOf(xs)
  const x = (value: number): number => left + (right - left) * place(value)
  const y = (value: number): number => bottom - ((bottom - top) * value) / most
  const grid = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = fixed(y(most * share))
    return (
      `<line x1="${left}" x2="${right}" y1="${at}" y2="${at}" stroke="#ddd"/>` +
      `<text x="${left - 6}" y="${Number(at) + 4}" text-anchor="end">${label(most * share)}</text>`
    )
  })
  const ticks = xs.map(
    (value) => `<text x="${fixed(x(value))}" y="${bottom + 18}" text-anchor="middle">${tick(value)}</text>`,
  )
  const drawn = lines.map(({ name, ys }, index) => {
    const colour = colours[name] ?? otherColour
    const points = ys.flatMap((value, at) => (value === null ? [] : [[x(xs[at]!), y(value)] as const]))
    const path = points.map(([px, py]) => `${fixed(px)},${fixed(py)}`).join(' ')
    const dots = points
      .map(([px, py]) => `<circle cx="${fixed(px)}" cy="${fixed(py)}" r="3" fill="${colour}"/>`)
      .join('')
    const legend = `<text x="${right + 12}" y="${top + 6 + index * 18}" fill="${colour}">${escaped(name)}</text>`
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}${legend}`
  })
  const axis = `<text x="${(left + right) / 2}" y="${bottom + 38}" text-anchor="middle">${escaped(xLabel)}</text>`
  return framed(`${title}, ${unit}`, bottom + 50, [...grid, ...ticks, axis, ...drawn])
}

/** Logarithmic from 1 on, with a place of its own for 0; from 0 to 1. */
function scaleOf(xs: readonly number[]): (value: number) => number {
  const hasZero = xs.includes(0)
  const positive = xs.filter((value) => value > 0)
  const [low, high] = [Math.log(Math.min(...positive)), Math.log(Math.max(...positive))]
  const offset = hasZero ? 0.15 : 0
  return (value) => (value === 0 ? 0 : offset + ((1 - offset) * (Math.log(value) - low)) / (high - low || 1))
}

function framed(title: string, height: number, content: readonly string[]): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    'font-family="Helvetica, Arial, sans-serif" font-size="12" fill="#222">\n' +
    `<title>${escaped(title)}</title>\n` +
    `<rect width="${width}" height="${height}" rx="6" fill="#fff"/>\n` +
    `<text x="16" y="26" font-size="14" font-weight="bold">${escaped(title)}</text>\n` +
    `${content.join('\n')}\n</svg>\n`
  )
}

function label(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-GB')
  return Number(value.toPrecision(2)).toString()
}

function tick(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`
  return value >= 1000 ? `${value / 1000}k` : String(value)
}

function fixed(value: number): string {
  return value.toFixed(1)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
