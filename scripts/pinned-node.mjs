// Imported first by scripts that need the project's Node.js: under an older one they start again under the one that
// `npm ci` brings along. Works under any Node.js from 18 on.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The lowest major version that runs Flumen. */
export const lowestNode = 24

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Where `npm ci` puts the project's Node.js. */
export const pinnedNode = join(root, 'node_modules/.bin', process.platform === 'win32' ? 'node.cmd' : 'node')

export function isNewEnough(version) {
  return Number(/\d+/.exec(version)?.[0]) >= lowestNode
}

/** Goes on under the project's Node.js where this one is too old; then this process does nothing but wait for the other. */
export async function requireNode() {
  if (isNewEnough(process.versions.node)) return
  if (!existsSync(pinnedNode)) {
    console.error(`Node.js ${lowestNode} or newer is needed, this is ${process.version}: run npm ci, which brings it.`)
    process.exit(1)
  }
  const child = spawn(pinnedNode, process.argv.slice(1), { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  const status = await new Promise((resolve) => {
    child.once('error', () => resolve(1))
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]))
  })
  process.exit(status)
}
