import type { CommandIo } from '../cli/io.ts'
import { Catalogue } from '../component/catalogue.ts'
import { builtInComponents } from '../components/catalogue.generated.ts'
import { systemClock } from '../core/index.ts'

const signals = ['SIGTERM', 'SIGINT'] as const
const uncaught = ['uncaughtException', 'unhandledRejection'] as const

/** Runs a program with this process around it and ends the process with its status. */
export async function runProcess(run: (line: readonly string[], io: CommandIo) => Promise<number>): Promise<void> {
  // A reader that goes away (`flumen help | head -1`) is no failure of ours.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  const status = await run(process.argv.slice(2), processIo())
  await Promise.all([flushed(process.stdout), flushed(process.stderr)])
  // Whatever a component left behind does not keep the process.
  process.exit(status)
}

/** The process as commands see it. */
function processIo(): CommandIo {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    cwd: process.cwd(),
    clock: systemClock,
    terminal: async () => (await import('../cli/terminal.ts')).processTerminal(process),
    catalogue: new Catalogue(builtInComponents, async (...asked) => {
      const { loadPlugin } = await import('../component/plugins.ts')
      return loadPlugin(...asked)
    }),
    program: [process.execPath, ...process.execArgv, process.argv[1] ?? 'flumen'],
    systemConfiguration: '/etc/flume',
    onSignal: (handler) => listen(signals, handler),
    onUncaught: (handler) => listen(uncaught, handler),
  }
}

function listen<T>(names: readonly string[], handler: (value: T) => void): () => void {
  for (const name of names) process.on(name, handler)
  return () => {
    for (const name of names) process.off(name, handler)
  }
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve()
    else stream.write('', () => resolve())
  })
}
