import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { installOnce } from './install-once.ts'
import { commandVersion, serverFolder } from './server.ts'

/** An artifact with its version pinned: `group:artifact:version`. `alone` leaves its dependencies out. */
export interface Artifact {
  readonly coordinates: string
  readonly alone?: boolean
}

const dependencyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1'
const attempts = 4
const run = promisify(execFile)

/** Why a server made of Maven's artifacts can't be had; undefined when its class path is resolved or can be. */
export function missingJava(name: string): string | undefined {
  const java = commandVersion('java', '-version')
  if (java === undefined || Number.parseInt(java, 10) < 17) return 'Java 17 is not on the PATH'
  if (savedClassPath(name) !== undefined || commandVersion('mvn', '-version') !== undefined) return undefined
  return 'Maven is not on the PATH'
}

/**
 * Resolves the artifacts with all they need at run time into a class path, kept in the server's folder. The jars stay
 * in Maven's local repository: when they are there already, no network is needed.
 */
export async function mavenClassPath(name: string, artifacts: readonly Artifact[]): Promise<string> {
  const folder = serverFolder(name)
  const pom = pomOf(name, artifacts)
  const version = createHash('sha256').update(pom).digest('hex')
  await installOnce(
    folder,
    version,
    () => savedClassPath(name) !== undefined,
    async () => {
      writeFileSync(join(folder, 'pom.xml'), pom)
      await resolve(folder)
    },
  )
  return savedClassPath(name)!
}

async function resolve(folder: string): Promise<void> {
  const goal = [`${dependencyPlugin}:build-classpath`, '-Dmdep.outputFile=classpath', '-DincludeScope=runtime']
  let failure: unknown
  for (let attempt = 0; attempt < attempts; attempt++) {
    // Offline first, then ask; -U because Maven remembers a failed look-up.
    const mode = attempt === 0 ? ['-o'] : ['-U']
    try {
      await run('mvn', ['-q', '-B', ...mode, ...goal], { cwd: folder, timeout: 540_000, maxBuffer: 16 * 1024 * 1024 })
      return
    } catch (error) {
      failure = error
      if (attempt > 0) await sleep(2000 * attempt)
    }
  }
  throw new Error(`Maven could not resolve the class path of ${folder}.`, { cause: failure })
}

/** The class path of an earlier resolution, if all its jars are still there. */
function savedClassPath(name: string): string | undefined {
  const file = join(serverFolder(name), 'classpath')
  if (!existsSync(file)) return undefined
  const classPath = readFileSync(file, 'utf8').trim()
  return classPath.split(':').every((jar) => existsSync(jar)) ? classPath : undefined
}

function pomOf(name: string, artifacts: readonly Artifact[]): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>flumen.servers</groupId>
  <artifactId>${name}</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
${artifacts.map(dependencyOf).join('\n')}
  </dependencies>
</project>
`
}

function dependencyOf({ coordinates, alone }: Artifact): string {
  const [group, artifact, version] = coordinates.split(':')
  const nothingElse = '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>'
  return (
    `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>` +
    `${alone === true ? nothingElse : ''}</dependency>`
  )
}
