// Long runs of what the tests here do in short: npm run campaign -- NAME [--seed N] [--rounds N]; without a name it says
// which there are. Each writes its result into docs/guide/reliability.md, good or bad.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../../servers/server.ts'
import { campaigns } from './campaigns.ts'
import { seedOfRun } from './seed.ts'

const page = join(root, 'docs/guide/reliability.md')
const usage = `npm run campaign -- NAME [--seed N] [--rounds N], NAME one of ${Object.keys(campaigns).join(', ')}`
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, rounds: { type: 'string' }, help: { type: 'boolean' } },
})
const [name = ''] = positionals
const campaign = campaigns[name]
if (!campaign || values.help) {
  console.error(usage)
  process.exit(values.help ? 0 : 2)
}
const seed = values.seed === undefined ? seedOfRun() : Number(values.seed)
const rounds = values.rounds === undefined ? campaign.rounds : Number(values.rounds)
console.log(`${name}: ${rounds} rounds, seed ${seed}`)
const began = performance.now()
const { faults, figures, rows } = await campaign.run({ rounds, seed })
const minutes = (performance.now() - began) / 60_000
const outcome = faults.length === 0 ? figures : `**FAILED** ${figures}: ${faults.slice(0, 3).join('; ')}`
const cells = [name, new Date().toISOString().slice(0, 10), String(rounds), String(seed), minutes.toFixed(1), outcome]
note('campaigns', (before) => [...before, rowOf(cells)])
if (rows) note(name, () => rows.map(rowOf))
console.log(outcome)
for (const fault of faults) console.error(fault)
process.exitCode = faults.length === 0 ? 0 : 1

function rowOf(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
}

/** Changes the lines between two markers. */
function note(marker: string, change: (lines: readonly string[]) => readonly string[]): void {
  const text = readFileSync(page, 'utf8')
  const begin = `<!-- ${marker}: begin -->\n`
  const from = text.indexOf(begin) + begin.length
  const to = text.indexOf(`<!-- ${marker}: end -->`)
  if (from < begin.length || to < from) throw new Error(`${page} has no place for ${marker}`)
  const lines = change(text.slice(from, to).split('\n').filter(Boolean))
  writeFileSync(page, `${text.slice(0, from)}${lines.map((line) => `${line}\n`).join('')}${text.slice(to)}`)
}
