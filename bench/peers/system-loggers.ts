import { globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, temporaryDirectory } from '../../servers/server.ts'
import { untilQuiet } from '../measure/quiet.ts'
import { Child, type ChildOptions } from './child.ts'
import { type DebianProgram, type Located, libraryPath, locate, missingProgram } from './debian.ts'
import { diskDirectory } from './disk.ts'
import type { Flow, Peer, RunningPeer } from './peer.ts'
import { TextFolder } from './text-folder.ts'

const rsyslogProgram: DebianProgram = { package: 'rsyslog', variable: 'RSYSLOGD', command: 'rsyslogd' }
const syslogNgProgram: DebianProgram = { package: 'syslog-ng-core', variable: 'SYSLOG_NG', command: 'syslog-ng' }

/** TCP lines into /dev/null, or the texts of messages into a file (W3). It parses each line: it has no input that does not. */
export const rsyslog: Peer = {
  name: 'rsyslog',
  isSlow: true,
  missing: (flow) => missingFor(rsyslogProgram, flow),
  start: async (flow) => startLogger(flow, rsyslogProgram, rsyslogCommand),
}

/** TCP lines into /dev/null without parsing, or the texts of messages into a file (W3). */
export const syslogNg: Peer = {
  name: 'syslog-ng',
  isSlow: true,
  missing: (flow) => missingFor(syslogNgProgram, flow),
  start: async (flow) => startLogger(flow, syslogNgProgram, syslogNgCommand),
}

/** Fluent Bit where it is found: TCP lines to nothing. */
export const fluentBit: Peer = {
  name: 'Fluent Bit',
  isSlow: true,
  missing: async (flow) => {
    if (process.env.FLUENT_BIT === undefined) return 'not found: set FLUENT_BIT'
    return unlessPlain(flow)
  },
  start: async (flow) => startLogger(flow, { ...rsyslogProgram, variable: 'FLUENT_BIT' }, fluentBitCommand),
}

type Command = Pick<ChildOptions, 'command' | 'args' | 'environment'>
type CommandOf = (located: Located, place: Place, flow: Flow) => Command

interface Place {
  readonly directory: string
  readonly port: number
  /** The file for the texts of messages; undefined where nothing is to be written. */
  readonly output: string | undefined
}

async function missingFor(program: DebianProgram, flow: Flow): Promise<string | undefined> {
  return unlessPlain(flow) ?? (await missingProgram(program))
}

function unlessPlain(flow: Flow): string | undefined {
  return flow.shape !== 'routed' && flow.flows === 1 && flow.headers === 0 ? undefined : 'not set up for this'
}

/**
 * These say nowhere that an event has reached its end: where they write nothing they are done when their connections and
 * they are at rest.
 */
async function startLogger(flow: Flow, program: DebianProgram, commandOf: CommandOf): Promise<RunningPeer> {
  const port = await freePort()
  const isWritten = flow.shape === 'syslog'
  const home = isWritten ? diskDirectory(program.package) : temporaryDirectory('bench')
  try {
    const texts = isWritten ? new TextFolder(home.path) : undefined
    const output = texts && join(texts.path, 'texts')
    const command = commandOf(await locate(program), { directory: home.path, port, output }, flow)
    const child = await Child.start({ ...command, directory: home.path, ports: [port] })
    return {
      pid: child.pid,
      ports: [port],
      expect: (times) => texts?.expect(flow, times) ?? (() => untilQuiet(child.pid)),
      stop: async () => {
        await child.stop()
        const written = await texts?.lines()
        home[Symbol.dispose]()
        return written
      },
    }
  } catch (error) {
    home[Symbol.dispose]()
    throw error
  }
}

/** What is the body of an event in an agent. */
const rsyslogText = '%syslogtag%%msg%'
const syslogNgText = '${MSGHDR}${MESSAGE}'

function rsyslogCommand({ command, root }: Located, { directory, port, output }: Place, flow: Flow): Command {
  const file = join(directory, 'rsyslog.conf')
  writeFileSync(
    file,
    `global(workDirectory="${directory}" maxMessageSize="${Math.max(8192, flow.lineLength + 100)}")
module(load="imptcp")
template(name="body" type="string" string="${output === undefined ? '%msg%' : rsyslogText}\\n")
ruleset(name="lines" queue.type="fixedArray" queue.size="100000" queue.dequeueBatchSize="${flow.batchSize}") {
  action(type="omfile" file="${output ?? '/dev/null'}" template="body")
}
input(type="imptcp" address="127.0.0.1" port="${port}" ruleset="lines" supportOctetCountedFraming="off")
`,
  )
  const modules = root === undefined ? [] : ['-M', globSync(join(root, 'usr/lib/*/rsyslog'))[0]!]
  return {
    command,
    args: ['-n', '-f', file, '-i', join(directory, 'pid'), ...modules],
    ...(root !== undefined && { environment: { LD_LIBRARY_PATH: libraryPath(root) } }),
  }
}

function syslogNgCommand({ command, root }: Located, { directory, port, output }: Place, flow: Flow): Command {
  const file = join(directory, 'syslog-ng.conf')
  writeFileSync(
    file,
    `@version: 3.38
options { log-msg-size(${Math.max(8192, flow.lineLength + 100)}); log-fifo-size(200000); stats-freq(0); };
source lines { network(transport("tcp") ip("127.0.0.1") port(${port}) ${output === undefined ? 'flags(no-parse)' : 'keep-hostname(yes)'} max-connections(2000)
  log-fetch-limit(1000) log-iw-size(100000) so-rcvbuf(4194304)); };
destination end { file("${output ?? '/dev/null'}" template("${output === undefined ? '${MESSAGE}' : syslogNgText}\\n") flush-lines(${flow.batchSize})); };
log { source(lines); destination(end); flags(flow-control); };
`,
  )
  const own = (name: string): string => join(directory, name)
  const files = [`--control=${own('control')}`, `--persist-file=${own('persist')}`, `--pidfile=${own('pid')}`]
  const modules = root === undefined ? [] : [`--module-path=${globSync(join(root, 'usr/lib/syslog-ng/[0-9]*'))[0]}`]
  return {
    command,
    args: ['-F', '-f', file, '--no-caps', '--stderr', ...files, ...modules],
    ...(root !== undefined && { environment: { LD_LIBRARY_PATH: libraryPath(root) } }),
  }
}

function fluentBitCommand({ command }: Located, { directory, port }: Place, flow: Flow): Command {
  const file = join(directory, 'fluent-bit.conf')
  const chunk = `${Math.max(64, Math.ceil(flow.lineLength / 1024) + 1)}k`
  writeFileSync(
    file,
    `[SERVICE]
    flush 1
    log_level error
[INPUT]
    name tcp
    listen 127.0.0.1
    port ${port}
    format none
    separator \\n
    chunk_size ${chunk}
    buffer_size ${chunk}
    mem_buf_limit 64M
[OUTPUT]
    name null
    match *
`,
  )
  return { command, args: ['-c', file] }
}
