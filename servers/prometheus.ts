import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startProcess } from './process.ts'
import { commandVersion, freePort, type Running, type Server, startReady, temporaryDirectory } from './server.ts'

/** One Prometheus that scrapes what it is told, every second. */
export interface PrometheusOptions {
  /** Path on 127.0.0.1 by the name of its job: `{ agent: { port: 41414, path: '/metrics' } }`. */
  readonly jobs: Readonly<Record<string, { readonly port: number; readonly path: string }>>
}

/** Prometheus, from Debian's package. */
export const prometheus: Server<PrometheusOptions> = {
  name: 'prometheus',
  missing: async () => {
    const absent = ['prometheus', 'promtool'].filter((command) => commandVersion(command, '--version') === undefined)
    return absent.length === 0 ? undefined : `${absent.join(' and ')} not on the PATH (Debian: prometheus)`
  },
  install: async () => undefined,
  start: startScraper,
}

/** Starts a Prometheus and waits until it answers. */
export function startPrometheus(options: PrometheusOptions): Promise<Running> {
  return startReady(prometheus, options)
}

/** What `promtool check metrics` has against a text of format 0.0.4; empty: nothing. */
export function checkMetrics(text: string): string {
  const { status, stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  })
  if (error) throw error
  const said = `${stdout}${stderr}`.trim()
  return said === '' && status !== 0 ? `promtool ended with ${status}` : said
}

/** The samples of an instant query: labels and value. */
export async function query(
  server: Running,
  expression: string,
): Promise<readonly { readonly labels: Readonly<Record<string, string>>; readonly value: string }[]> {
  const { result } = await ask<{ result: { metric: Record<string, string>; value: [number, string] }[] }>(
    server,
    `/api/v1/query?query=${encodeURIComponent(expression)}`,
  )
  return result.map(({ metric, value }) => ({ labels: metric, value: value[1] }))
}

/** The `data` of an answer of its API. */
export async function ask<T>(server: Running, path: string): Promise<T> {
  const response = await fetch(`http://127.0.0.1:${server.ports.http}${path}`)
  const answer = (await response.json()) as { readonly status: string; readonly data: T; readonly error?: string }
  if (answer.status !== 'success') throw new Error(`${path}: ${answer.error}`)
  return answer.data
}

async function startScraper({ jobs }: PrometheusOptions): Promise<Running> {
  const http = await freePort()
  const home = temporaryDirectory('prometheus')
  writeFileSync(join(home.path, 'prometheus.yml'), configurationOf(jobs))
  return startProcess({
    name: 'prometheus',
    command: 'prometheus',
    args: [
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=data',
      `--web.listen-address=127.0.0.1:${http}`,
      '--log.level=warn',
    ],
    home,
    ports: { http },
    answers: async () => (await fetch(`http://127.0.0.1:${http}/-/ready`)).ok,
  })
}

/** JSON is YAML. */
function configurationOf(jobs: PrometheusOptions['jobs']): string {
  return JSON.stringify({
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: Object.entries(jobs).map(([job, { port, path }]) => ({
      job_name: job,
      metrics_path: path,
      static_configs: [{ targets: [`127.0.0.1:${port}`] }],
    })),
  })
}
