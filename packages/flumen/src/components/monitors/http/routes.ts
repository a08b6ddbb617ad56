import { metricFamilies } from '../../../component/metric-families.ts'
import type { AgentReading, HealthProblem } from '../../../core/index.ts'
import { metricsFormat } from './accept.ts'
import { openMetricsText, prometheusText } from './exposition.ts'
import { flumeJson } from './flume-json.ts'
import { sentence } from './health-sentence.ts'
import { statusPage } from './status-page.ts'

export interface Asked {
  readonly method: string
  /** As the request has it: `/ready?strict`. */
  readonly url: string
  readonly accept: string | undefined
}

export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly more?: Readonly<Record<string, string>>
}

const json = 'application/json;charset=utf-8'
const paths: Readonly<Record<string, (reading: AgentReading, asked: Asked) => Answer>> = {
  '/': (reading) => ({ status: 200, type: 'text/html; charset=utf-8', body: statusPage(reading) }),
  '/metrics': (reading, { accept }) => ({ ...formats[metricsFormat(accept)](reading), more: { Vary: 'Accept' } }),
  '/metrics/prometheus': prometheus,
  '/live': ({ health }) => healthAnswer(health.live, { live: health.live }, health.problems, health.warnings),
  '/ready': ready,
  '/status': (reading) => ({ status: 200, type: json, body: JSON.stringify(reading) }),
}

const formats: Readonly<Record<ReturnType<typeof metricsFormat>, (reading: AgentReading) => Answer>> = {
  json: (reading) => ({ status: 200, type: json, body: flumeJson(reading) }),
  prometheus,
  openmetrics: (reading) => ({
    status: 200,
    type: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
    body: openMetricsText(metricFamilies(reading)),
  }),
}

/** What a request gets; only one for something that is there reads the agent. */
export function answer(asked: Asked, read: () => AgentReading): Answer {
  const { method, url } = asked
  if (method === 'TRACE' || method === 'OPTIONS') return plainText(403, `${method} is not allowed here.`)
  if (method !== 'GET' && method !== 'HEAD')
    return { ...plainText(405, 'Ask with GET or HEAD.'), more: { Allow: 'GET, HEAD' } }
  const path = (url.split('?', 1)[0] ?? '').toLowerCase()
  if (!Object.hasOwn(paths, path)) {
    return plainText(404, `There is nothing here; there are ${Object.keys(paths).join(', ')}.`)
  }
  return paths[path]!(read(), asked)
}

export function plainText(status: number, line: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${line}\n` }
}

function prometheus(reading: AgentReading): Answer {
  return {
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
    body: prometheusText(metricFamilies(reading)),
  }
}

function ready({ health }: AgentReading, { url }: Asked): Answer {
  const { problems, warnings } = health
  const isStrict = new URLSearchParams(url.split('?')[1]).has('strict')
  const isReady = health.ready && !(isStrict && warnings.some(({ problem }) => problem === 'losing'))
  return healthAnswer(isReady, { ready: isReady }, problems, warnings)
}

function healthAnswer(
  isGood: boolean,
  verdict: Readonly<Record<string, boolean>>,
  problems: readonly HealthProblem[],
  warnings: readonly HealthProblem[],
): Answer {
  const body = JSON.stringify({ ...verdict, problems: problems.map(sentence), warnings: warnings.map(sentence) })
  return { status: isGood ? 200 : 503, type: json, body: `${body}\n` }
}
