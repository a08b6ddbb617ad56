import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type Artifact, mavenClassPath, missingJava } from './maven.ts'
import { startProcess } from './process.ts'
import { freePort, type Running, type Server, startReady, temporaryDirectory } from './server.ts'

/** Apache Flume's version here. */
export const flumeVersion = '1.11.0'

/** One agent of Apache Flume. */
export interface FlumeOptions {
  /** The text of its properties file. */
  readonly configuration: string
  /** The agent's name in the configuration; default `a1`. */
  readonly agent?: string
  /** More options for the JVM; they win over `smallJava` and over UTC as its time zone. */
  readonly javaOptions?: readonly string[]
  /** Where `/metrics` is served; a free port when absent. It is how `ready` asks. */
  readonly monitoringPort?: number
  /** TCP ports of its sources: `ready` also waits until each accepts a connection. */
  readonly listens?: readonly number[]
  /** Watch the configuration file for changes, as Flume does by default; here off. */
  readonly reload?: boolean
  readonly environment?: Readonly<Record<string, string>>
}

/** Options of a small JVM: half the start time and the memory. */
export const smallJava: readonly string[] = [
  '-Xmx256m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:-UsePerfData',
  '-Djava.net.preferIPv4Stack=true',
]

/** One more for an agent that is busy for over twenty seconds or so: it then takes a tenth less processor time. */
export const busyJava = '-XX:TieredStopAtLevel=4'

/** Apache Flume, from Maven. */
export const flume: Server<FlumeOptions> = {
  name: 'flume',
  missing: async () => missingJava('flume'),
  install: async () => {
    await flumeClassPath()
  },
  start: startAgent,
}

/** Starts an agent and waits until it and its listening sources answer. Its files are in `directory`: `agent.conf`. */
export function startFlume(options: FlumeOptions): Promise<Running> {
  return startReady(flume, options)
}

/** The class path of Flume with every component that its distribution has without Hadoop and Kafka. */
export function flumeClassPath(): Promise<string> {
  return mavenClassPath('flume', artifacts)
}

/** Flume's appenders as something a test may be without: for `skipUnless`. */
export const flumeAppenders = { name: "Flume's appenders", missing: async () => missingJava('flume-appenders') }

/** Class paths of programs that log to Flume: with its appender for log4j 1.2, for reload4j, and that of log4j 2. */
export async function flumeAppenderClassPaths(): Promise<Readonly<Record<'log4j' | 'reload4j' | 'log4j2', string>>> {
  const [jars, rest] = [(await mavenClassPath('flume-appenders', appenders)).split(':'), await flumeClassPath()]
  const without = (...names: readonly string[]): string =>
    jars.filter((jar) => !names.some((name) => jar.includes(`/${name}/`))).join(':')
  const ofLog4j2 = jars.filter((jar) => jar.includes('/log4j-flume-ng/'))
  return {
    log4j: without('reload4j', 'log4j-flume-ng'),
    reload4j: without('log4j/log4j', 'log4j-flume-ng'),
    log4j2: [...ofLog4j2, rest].join(':'),
  }
}

const appenders: readonly Artifact[] = [
  { coordinates: `org.apache.flume.flume-ng-clients:flume-ng-log4jappender:${flumeVersion}` },
  { coordinates: 'ch.qos.reload4j:reload4j:1.2.25' },
  { coordinates: 'org.apache.logging.log4j:log4j-flume-ng:2.18.0', alone: true },
]

const artifacts: readonly Artifact[] = [
  ...['node', 'core', 'sdk', 'configuration', 'embedded-agent'].map((part) => flumeArtifact('', `flume-ng-${part}`)),
  flumeArtifact('', 'flume-tools'),
  flumeArtifact('', 'flume-ng-environment-variable-config-filter'),
  flumeArtifact('', 'flume-ng-external-process-config-filter'),
  flumeArtifact('.flume-ng-channels', 'flume-file-channel'),
  flumeArtifact('.flume-ng-channels', 'flume-spillable-memory-channel'),
  flumeArtifact('.flume-ng-sources', 'flume-taildir-source'),
  flumeArtifact('.flume-ng-sources', 'flume-scribe-source'),
  flumeArtifact('.flume-ng-legacy-sources', 'flume-thrift-source'),
  flumeArtifact('.flume-ng-legacy-sources', 'flume-avro-source'),
  flumeArtifact('.flume-ng-sinks', 'flume-http-sink'),
  // For UUIDInterceptor and BlobHandler only: Solr and Morphlines stay out.
  { ...flumeArtifact('.flume-ng-sinks', 'flume-ng-morphline-solr-sink'), alone: true },
  // Flume leaves its logging to the tarball.
  ...['log4j-core', 'log4j-slf4j-impl', 'log4j-1.2-api'].map((part) => ({
    coordinates: `org.apache.logging.log4j:${part}:2.18.0`,
  })),
]

function flumeArtifact(group: string, artifact: string): Artifact {
  return { coordinates: `org.apache.flume${group}:${artifact}:${flumeVersion}` }
}

async function startAgent(options: FlumeOptions): Promise<Running> {
  const classPath = await flumeClassPath()
  const monitoring = options.monitoringPort ?? (await freePort())
  const home = temporaryDirectory('flume')
  writeFileSync(join(home.path, 'agent.conf'), options.configuration)
  writeLogConfiguration(join(home.path, 'conf'))
  return startProcess({
    name: 'flume',
    command: 'java',
    args: javaArguments(options, classPath, monitoring),
    home,
    environment: options.environment,
    ports: { monitoring },
    answers: () => answers(monitoring, options.listens ?? []),
  })
}

function javaArguments(options: FlumeOptions, classPath: string, monitoring: number): string[] {
  return [
    ...smallJava,
    '-Duser.timezone=UTC',
    '-Dfile.encoding=UTF-8',
    '-Dflume.monitoring.type=http',
    `-Dflume.monitoring.port=${monitoring}`,
    ...(options.javaOptions ?? []),
    ...['-cp', `conf:${classPath}`, 'org.apache.flume.node.Application'],
    ...['-n', options.agent ?? 'a1', '-f', 'agent.conf'],
    ...(options.reload === true ? [] : ['--no-reload-conf']),
  ]
}

/** Writes `log4j2.xml` with a console appender: Flume's own configuration logs to a file. */
export function writeLogConfiguration(folder: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    join(folder, 'log4j2.xml'),
    `<Configuration status="ERROR">
  <Appenders>
    <Console name="console" target="SYSTEM_ERR">
      <PatternLayout pattern="%d{yyyy-MM-dd HH:mm:ss,SSS} (%t) [%p - %c] %m%n"/>
    </Console>
  </Appenders>
  <Loggers>
    <Root level="INFO"><AppenderRef ref="console"/></Root>
  </Loggers>
</Configuration>
`,
  )
}

/** Flume opens its monitoring port after it has told its sources to start, so a source may still be a moment late. */
async function answers(monitoring: number, listens: readonly number[]): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${monitoring}/metrics`)
  await response.arrayBuffer()
  for (const port of listens) await connectOnce(port)
  return response.ok
}

function connectOnce(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', reject)
  })
}
