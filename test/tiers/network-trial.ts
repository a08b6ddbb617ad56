// Runs one trial within a network namespace of its own, which `network.ts` makes: NAME ROUNDS SEED DIRECTORY. Prints the
// result as JSON; ends with its standard input too, so that nothing stays behind.
import { execFileSync } from 'node:child_process'
import { type TrialName, trials } from './network-trials.ts'

const [name = '', rounds, seed, directory = ''] = process.argv.slice(2)
if (!(name in trials)) throw new Error(`there is no trial ${name}`)
process.stdin.on('end', () => process.exit(1)).resume()
process.once('SIGTERM', () => process.exit(143))
execFileSync('ip', ['link', 'set', 'lo', 'up'])
const result = await trials[name as TrialName]({ rounds: Number(rounds), seed: Number(seed), directory })
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
