// Measures the agent against its peers: npm run bench. See docs/guide/performance.md for what it found.
import { Load } from './load/load.ts'
import { now } from './measure/time.ts'
import { readOptions, usage } from './options.ts'
import { Child } from './peers/child.ts'
import { thisMachine } from './report/machine.ts'
import { plainTable, targetTable } from './report/page.ts'
import type { Report } from './report/report.ts'
import { keepReport, writePage } from './report/results.ts'
import { answers } from './workloads/answers.ts'
import { w4 } from './workloads/durable.ts'
import { sweeps, w12 } from './workloads/growth.ts'
import { w10 } from './workloads/idle.ts'
import { w11 } from './workloads/latency.ts'
import { w6 } from './workloads/requests.ts'
import { w5 } from './workloads/rpc.ts'
import { w12Avro } from './workloads/rpc-connections.ts'
import { w3 } from './workloads/syslog.ts'
import { w2, w12Files } from './workloads/tail.ts'
import { w1, w7 } from './workloads/throughput.ts'
import { real, smoke, type Workload } from './workloads/workload.ts'

const workloads: readonly Workload[] = [w1, w2, w3, w4, w5, w6, w7, answers, w10, w11, w12, w12Files, w12Avro, sweeps]
const begin = now()

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    Child.endAll()
    process.exit(1)
  })
}
try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}

async function main(words: readonly string[]): Promise<void> {
  if (words.includes('--help')) return console.log(usage)
  const names = workloads.map(({ name }) => name)
  const options = readOptions(words, names)
  if (!options.isPageOnly) await runAll(options.isSmoke, options.names)
  if (!options.isSmoke) {
    writePage(names)
    console.log(`\ndocs/guide/performance.md is written, ${seconds()} s after the start.`)
  }
}

async function runAll(isSmoke: boolean, names: readonly string[]): Promise<void> {
  using load = new Load()
  const asked = workloads.filter(({ name, inSmoke }) =>
    names.length === 0 ? inSmoke || !isSmoke : names.includes(name),
  )
  for (const workload of asked) {
    console.log(`\n== ${workload.name}, at ${seconds()} s`)
    const machine = thisMachine()
    const say = (text: string): void => console.log(`   ${text}`)
    try {
      const report = await workload.run({ load, scale: isSmoke ? smoke : real, say })
      print(report, isSmoke)
      if (!isSmoke) keepReport({ report, machine, at: new Date().toISOString() })
    } catch (error) {
      console.error(`${workload.name} could not be measured: ${error instanceof Error ? error.stack : error}`)
      process.exitCode = 1
    } finally {
      Child.endAll()
    }
  }
}

/** A smoke run shows what was found and judges nothing. */
function print({ parts, targets }: Report, isSmoke: boolean): void {
  for (const { heading, table } of parts) console.log(`\n${heading ? `${heading}\n` : ''}${plainTable(table)}`)
  if (targets.length === 0) return
  const { head, rows } = targetTable(targets)
  const shown = isSmoke ? { head: head.slice(0, 3), rows: rows.map((row) => row.slice(0, 3)) } : { head, rows }
  console.log(`\n${plainTable(shown)}`)
}

function seconds(): number {
  return Math.round((now() - begin) / 1000)
}
