// Makes a clone ready to use: the packages of the lock file, the project's Node.js, the built command. Says nothing
// where nothing is to be done. Runs under any Node.js from 18 on; what follows it belongs into a new shell
// (`node scripts/setup.mjs && npm run …`), because a shell remembers where it found `node`.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isStale } from './build-stamp.mjs'
import { isNewEnough, lowestNode, pinnedNode, root } from './pinned-node.mjs'

const buildFailed = 'the build failed; its messages stand above'

/** What a person has to do, in one line. */
class SetupError extends Error {}

try {
  if (needsInstall()) await install()
  const node = usableNode()
  if (isStale()) build(node)
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  console.error(`setup: ${error.message}`)
  process.exitCode = 1
}

/** npm writes its record of node_modules last, so an interrupted installation leaves none. */
function needsInstall() {
  const record = join(root, 'node_modules/.package-lock.json')
  return !existsSync(record) || statSync(record).mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs
}

async function install() {
  const begin = Date.now()
  const progress = showProgress('Installing packages with npm ci')
  const [command, ...first] = npmCommand()
  const npm = spawn(command, [...first, 'ci', '--loglevel=error', '--no-progress'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [npm.stdout, npm.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-100_000)
    })
  }
  const failure = await new Promise((resolve) => {
    npm.once('error', (error) => resolve(`npm cannot be run: ${error.message}`))
    npm.once('close', (status) => resolve(status === 0 ? undefined : reason(output)))
  })
  progress.end()
  if (failure === buildFailed) console.error(output.replaceAll(/^npm (error|ERR!).*\n?/gm, '').trimEnd())
  else if (failure) rmSync(join(root, 'node_modules/.package-lock.json'), { force: true })
  if (failure) throw new SetupError(failure)
  console.error(`Installed in ${Math.round((Date.now() - begin) / 1000)} s.`)
}

/** The npm that runs this script, or else the one on the PATH. */
function npmCommand() {
  const { npm_execpath: script } = process.env
  return script?.endsWith('.js') ? [process.execPath, script] : [process.platform === 'win32' ? 'npm.cmd' : 'npm']
}

/** On a terminal a line that counts the seconds, elsewhere a line each half minute. */
function showProgress(title) {
  const begin = Date.now()
  const seconds = () => Math.round((Date.now() - begin) / 1000)
  if (!process.stderr.isTTY) {
    console.error(`${title} …`)
    const timer = setInterval(() => console.error(`… ${seconds()} s`), 30_000)
    return { end: () => clearInterval(timer) }
  }
  const draw = () => process.stderr.write(`\r${title} … ${seconds()} s`)
  draw()
  const timer = setInterval(draw, 1000)
  return {
    end: () => {
      clearInterval(timer)
      process.stderr.write('\r\u001b[K')
    },
  }
}

/** One line out of what npm printed. */
function reason(output) {
  if (/^npm (error|ERR!) command .*npm run --silent build/m.test(output)) return buildFailed
  const known = [
    [
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT/,
      'the package registry cannot be reached: is there a network, or a proxy to be set?',
    ],
    [
      /SELF_SIGNED|CERT_|UNABLE_TO_(VERIFY|GET)/,
      'the certificate of the package registry is not trusted: set NODE_EXTRA_CA_CERTS',
    ],
    [/EBADPLATFORM|notsup|Unsupported platform/i, `a package does not exist for ${process.platform}-${process.arch}`],
    [/ENOSPC/, 'there is no space left on the disk'],
    [/EACCES|EPERM/, 'node_modules cannot be written: whose folder is it?'],
    [/E40[13]|ENEEDAUTH/, 'the package registry wants a login'],
    [/EUSAGE/, 'package.json and package-lock.json do not fit together: run npm install'],
  ]
  const lines = output.split('\n').map((line) => line.trim())
  const said = lines.find((line) => /^npm (error|ERR!) /.test(line) && !/code |errno |syscall /.test(line))
  const text = known.find(([pattern]) => pattern.test(output))?.[1] ?? 'npm ci failed'
  const line = said ?? lines.findLast((each) => each !== '') ?? ''
  return line === '' ? text : `${text} (${line.replace(/^npm (error|ERR!) /, '')})`
}

/** The project's Node.js where it works; this very one where it is new enough. */
function usableNode() {
  const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies.node
  const { status, stdout, error } = spawnSync(pinnedNode, ['--version'], { encoding: 'utf8' })
  if (status === 0 && stdout.trim() === `v${version}`) return pinnedNode
  if (isNewEnough(process.versions.node)) return process.execPath
  const platform = `${process.platform}-${process.arch}`
  const found = error || status !== 0 ? `does not run on ${platform}` : `is ${stdout.trim()}`
  throw new SetupError(
    `node_modules/.bin/node should be v${version} and ${found}: run npm rebuild node --ignore-scripts=false, or install Node.js ${lowestNode}`,
  )
}

function build(node) {
  const { status } = spawnSync(node, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' })
  if (status !== 0) throw new SetupError(buildFailed)
}
