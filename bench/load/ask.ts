import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync, statSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { now } from '../measure/time.ts'
import type { AskCommand, Asked } from './commands.ts'
import { openAll } from './send.ts'

const source = join(import.meta.dirname, 'ask.c')
const folder = join(import.meta.dirname, '../.data')
const line = Buffer.from(`10.20.30.40 - user4711 "GET /api/v1/orders/271828 HTTP/1.1" 200 5120 ${'x'.repeat(110)}\n`)
const run = promisify(execFile)

/** The C program where there is a compiler; without one the clients are Node's, and as slow as what they measure. */
export async function ask(command: AskCommand): Promise<Asked> {
  const program = askProgram()
  if (program === undefined) return askFromNode(command)
  const { port, clients, milliseconds } = command
  const { stdout } = await run(program, [String(port), String(clients), String(milliseconds)])
  const [answers, elapsed, cpu] = stdout.trim().split(' ').map(Number)
  return { answers: answers!, milliseconds: elapsed!, cpu: cpu! }
}

/** Compiled when absent or older than its source; `undefined` where there is no compiler. */
export function askProgram(): string | undefined {
  const program = join(folder, 'ask')
  const built = statSync(program, { throwIfNoEntry: false })
  if (built !== undefined && built.mtimeMs > statSync(source).mtimeMs) return program
  mkdirSync(folder, { recursive: true })
  const { status } = spawnSync('cc', ['-O2', '-o', program, source], { stdio: 'inherit' })
  return status === 0 ? program : undefined
}

async function askFromNode({ port, clients, milliseconds }: AskCommand): Promise<Asked> {
  const sockets = await openAll(clients, () => port)
  const before = process.cpuUsage()
  const begin = now()
  const counts = await Promise.all(sockets.map((socket) => askUntil(socket, begin + milliseconds)))
  const elapsed = now() - begin
  const { user, system } = process.cpuUsage(before)
  const answers = counts.reduce((sum, count) => sum + count, 0)
  return { answers, milliseconds: elapsed, cpu: (user + system) / 1000 }
}

function askUntil(socket: Socket, end: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let answers = 0
    socket.on('data', (chunk: Buffer) => {
      if (chunk.at(-1) !== 10) return
      answers++
      if (now() < end) socket.write(line)
      else socket.destroy()
    })
    socket.once('error', reject)
    socket.once('close', () => resolve(answers))
    socket.write(line)
  })
}
