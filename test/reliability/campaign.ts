// Long runs of what the tests here do in short: npm run campaign -- crash|power|damage|full-disk|soak|bugs|states|sync
// [--seed N] [--rounds N]. Each writes its result into docs/guide/reliability.md, good or bad.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../../servers/server.ts'
import { campaigns } from './campaigns.ts'
import { seedOfRun } from './seed.ts'

const page = join(root, 'docs/guide/reliability.md')
const begin = '<!-- campaigns: begin -->'
const end = '<!-- campaigns: end -->'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, rounds: { type: 'string' } },
})
const [name = ''] = positionals
const campaign = campaigns[name]
if (!campaign) {
  console.error(`campaign: which one? ${Object.keys(campaigns).join(', ')}`)
  process.exit(2)
}
const seed = values.seed === undefined ? seedOfRun() : Number(values.seed)
const rounds = values.rounds === undefined ? campaign.rounds : Number(values.rounds)
console.log(`${name}: ${rounds} rounds, seed ${seed}`)
const began = performance.now()
const { faults, figures } = await campaign.run({ rounds, seed })
const minutes = (performance.now() - began) / 60_000
const outcome = faults.length === 0 ? figures : `**FAILED** ${figures}: ${faults.slice(0, 3).join('; ')}`
note([name, new Date().toISOString().slice(0, 10), String(rounds), String(seed), minutes.toFixed(1), outcome])
console.log(outcome)
for (const fault of faults) console.error(fault)
process.exitCode = faults.length === 0 ? 0 : 1

function note(cells: readonly string[]): void {
  const text = readFileSync(page, 'utf8')
  const at = text.indexOf(end)
  if (!text.includes(begin) || at < 0) throw new Error(`${page} has no place for results`)
  const row = `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |\n`
  writeFileSync(page, `${text.slice(0, at)}${row}${text.slice(at)}`)
}
