import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { flume, flumeClassPath, smallJava, writeLogConfiguration } from '../../servers/flume.ts'
import { installOnce } from '../../servers/install-once.ts'
import { commandVersion, serverFolder } from '../../servers/server.ts'
import type { Case } from './cases/case.ts'

/** What real Flume gave for a case. Its members depend on the kind; see the classes in `java/`. */
export type Output = Readonly<Record<string, unknown>>

/** The oracle as something a test may be without: for `skipUnless`. */
export const oracle = {
  name: 'the Flume oracle',
  missing: async () => {
    const javac = commandVersion('javac', '-version')
    // Regular expressions, dates and messages change from one Java to the next.
    if (javac === undefined || Number.parseInt(javac, 10) !== 17) return 'javac 17 (a JDK) is not on the PATH'
    return flume.missing()
  },
}

/** The environment variables that the substitution cases count on; the oracle has these beside PATH only. */
export const oracleEnvironment = {
  FLUMEN_ALPHA: 'alpha',
  FLUMEN_EMPTY: '',
  FLUMEN_SPACES: '  two words ',
  FLUMEN_UNICODE: 'zürich 東京',
  FLUMEN_NAME: 'FLUMEN_ALPHA',
  FLUMEN_NESTED: `\${env:FLUMEN_ALPHA}`,
  FLUMEN_DOLLAR: 'a$b\\c',
  FLUMEN_SINK_TYPE: 'null',
} as const

/**
 * Runs the cases through Flume's own classes in one Java process, now.
 * @returns the outputs in the order of the cases.
 * @throws when a case could not be run at all: then the case or the harness is wrong, not Flume.
 */
export async function liveOracle(cases: readonly Case[]): Promise<readonly Output[]> {
  const classPath = `${await compiledOracle()}:${await flumeClassPath()}`
  const java = spawn('java', [...smallJava, ...fixedPlace, '-cp', classPath, 'Oracle'], {
    env: { PATH: process.env.PATH, ...oracleEnvironment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  java.stdin.end(cases.map((each) => `${JSON.stringify(each)}\n`).join(''))
  const [answers, log, [status]] = await Promise.all([text(java.stdout), text(java.stderr), once(java, 'close')])
  if (status !== 0) throw new Error(`The oracle ended with status ${status}.\n${log.slice(-4000)}`)
  const outputs = answers
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Output)
  check(cases, outputs)
  return outputs
}

/** Output must not depend on where it is made. */
const fixedPlace = ['-Duser.timezone=UTC', '-Duser.language=en', '-Duser.country=US', '-Dfile.encoding=UTF-8']

const sources = join(import.meta.dirname, 'java')
const run = promisify(execFile)

/** The folder of the compiled programs of `java/`; compiled anew when their sources or Flume changed. */
export async function compiledOracle(): Promise<string> {
  const classPath = await flumeClassPath()
  const files = readdirSync(sources).filter((name) => name.endsWith('.java'))
  const version = createHash('sha256').update(classPath)
  for (const name of files) version.update(name).update(readFileSync(join(sources, name)))
  const folder = join(serverFolder('flume'), 'oracle')
  mkdirSync(folder, { recursive: true })
  await installOnce(
    folder,
    version.digest('hex'),
    () => existsSync(join(folder, 'Oracle.class')),
    async () => {
      const paths = files.map((name) => join(sources, name))
      await run('javac', ['--release', '17', '-encoding', 'UTF-8', '-nowarn', '-d', folder, '-cp', classPath, ...paths])
      writeLogConfiguration(folder)
    },
  )
  return folder
}

function check(cases: readonly Case[], outputs: readonly Output[]): void {
  if (outputs.length !== cases.length) throw new Error(`${cases.length} cases, but ${outputs.length} outputs.`)
  for (const [index, output] of outputs.entries()) {
    const failure = output.harness_error
    if (failure !== undefined) throw new Error(`Case "${cases[index]!.case}": ${String(failure)}`)
  }
}
