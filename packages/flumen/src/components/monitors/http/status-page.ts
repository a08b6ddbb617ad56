import { type AgentReading, type ComponentReading, duration, type HealthProblem } from '../../../core/index.ts'
import { sentence } from './health-sentence.ts'

const links = ['/metrics', '/metrics/prometheus', '/live', '/ready', '/status']

const style = `
:root{color-scheme:light dark;--line:#8884;--good:#1a7f37;--bad:#cf222e;--some:#9a6700;--dim:#777}
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem;margin:0}h2{font-size:1rem;margin:1.6rem 0 .3rem}
p{margin:.3rem 0}.dim{color:var(--dim)}.good{color:var(--good)}.bad{color:var(--bad)}.some{color:var(--some)}
div.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}
th{font-weight:600;text-align:left}td,th{padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--line)}
.n{text-align:right;font-variant-numeric:tabular-nums}meter{width:5rem;vertical-align:middle}.n{white-space:nowrap}
nav a{margin-right:1rem}
@media(min-width:50rem){table{table-layout:fixed}th:nth-child(-n+2){width:16%}}`

/** A page for people: whether the agent works, and where its events are. It looks again every five seconds. */
export function statusPage(reading: AgentReading): string {
  const { agent, version, state, health, sources, channels, sinks, process } = reading
  const [mark, verdict] = health.ready ? ['good', 'ready'] : ['bad', 'not ready']
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5"><title>${text(agent)}: ${verdict}</title><style>${style}</style></head><body>
<h1>${text(agent)} <span class="${mark}">${verdict}</span></h1>
<p class="dim">Flumen ${text(version)}, ${text(state)} for ${duration((reading.at - reading.startedAt) / 1000)}, process ${process.pid},
${number(process.residentBytes / 1e6)} MB</p>
${findings('bad', health.problems)}${findings('some', health.warnings)}
${section('Sources', ['in per second', 'received', 'stored', 'dropped'], sources, (each) => [
  number(each.inPerSecond),
  number(each.account.received),
  number(each.account.stored),
  number(Object.values(each.dropped).reduce((sum, value) => sum + value, 0)),
])}${section('Channels', ['fill', 'events', 'capacity', 'full in'], channels, (each) => [
  `<meter value="${each.fill}" high="0.8"></meter> ${number(each.fill * 100)} %`,
  number(each.size),
  number(each.capacity),
  each.secondsUntilFull === null ? '–' : duration(each.secondsUntilFull),
])}${section('Sinks', ['out per second', 'delivered', 'failures', 'last success'], sinks, (each) => [
  number(each.outPerSecond),
  number(each.account.delivered),
  number(each.failures),
  each.secondsSinceSuccess === null ? 'never' : `${duration(each.secondsSinceSuccess)} ago`,
])}
<nav><h2>More</h2>${links.map((path) => `<a href="${path}">${path}</a>`).join('\n')}</nav>
</body></html>
`
}

function findings(mark: string, problems: readonly HealthProblem[]): string {
  return problems.map((each) => `<p class="${mark}">${text(sentence(each))}</p>\n`).join('')
}

/** @param cells HTML */
function section<R extends ComponentReading>(
  title: string,
  heads: readonly string[],
  readings: readonly R[],
  cells: (reading: R) => readonly string[],
): string {
  if (readings.length === 0) return ''
  const rows = readings.map((each) => {
    const mark = each.state === 'running' ? 'dim' : 'bad'
    const name = `<td>${text(each.name)} <span class="dim">${text(each.type)}</span></td>`
    const numbers = cells(each).map((cell) => `<td class="n">${cell}</td>`)
    return `<tr>${name}<td class="${mark}">${each.state}</td>${numbers.join('')}</tr>\n`
  })
  const head = `<th></th><th></th>${heads.map((each) => `<th class="n">${each}</th>`).join('')}`
  return `<h2>${title}</h2>\n<div class="wide"><table><tr>${head}</tr>\n${rows.join('')}</table></div>\n`
}

/** Text in HTML, in an element or in an attribute. */
function text(plain: string): string {
  return plain.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

function number(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 }).replaceAll(',', '\u00a0')
}
