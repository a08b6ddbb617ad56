// The layer lint: which folder may import which, docs say why (architecture: "rooms and doors"). Prints file:line and
// the rule that is broken. `npm run lint` runs it.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { checkPackage } from './layers/check-package.ts'

const root = join(import.meta.dirname, '..')
const packages = join(root, 'packages')
const findings = readdirSync(packages).flatMap((name) => checkPackage(join(packages, name), root))
for (const { file, line, message } of findings) console.error(`${file}:${line}: ${message}`)
if (findings.length > 0) process.exitCode = 1
