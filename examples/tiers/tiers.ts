// Two edges that tail files, two collectors in failover, one store: five agents, each a process.
//
//   npm run tiers                                   until Ctrl+C
//   npm run tiers -- --lines 20000                  until the store has so many
//   … --kill 5                                      every 5 s, kill -9 for one of them at random, and it is started again
//   … --middle flume                                the collectors are Apache Flume 1.11 (needs Java)
//   … --rate 1000 --seed 1 --home FOLDER            lines a second of both edges; which agents are killed; where all is
//
// At the end it adds up: each line that was written is in the store. Its status is 0 then, and 1 otherwise.
import { appendFileSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { flume } from '../../servers/flume.ts'
import { freePort } from '../../servers/server.ts'
import { Account, lineOf, type Sum } from './account.ts'
import { Killer } from './killer.ts'
import { TierAgent, type TierAgentOptions } from './tier-agent.ts'

const edges = ['edge1', 'edge2'] as const
const options = {
  lines: { type: 'string', default: '0' },
  kill: { type: 'string', default: '0' },
  middle: { type: 'string', default: 'flumen' },
  rate: { type: 'string', default: '1000' },
  seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  home: { type: 'string' },
} as const
/** A batch of a sink or of a source; `batch-size` and `batchSize` of the three configurations. */
const batch = 100
/** What one kill may have in doubt: a batch of each of its neighbours' sinks, of its own, and of its source. */
const batchesOfKill = 4
const settleMs = 180_000

let isEnding = false
process.exitCode = await main()

async function main(): Promise<number> {
  const values = readOptions()
  if (typeof values === 'string') return refuse(values)
  const [lines, killSeconds, rate] = [values.lines, values.kill, values.rate].map(Number)
  const { middle } = values
  if (lines === undefined || killSeconds === undefined || !rate || Number.isNaN(lines + killSeconds + rate))
    return refuse('--lines, --kill and --rate are numbers')
  if (middle !== 'flumen' && middle !== 'flume') return refuse('--middle is flumen or flume')
  const missing = middle === 'flume' ? await flume.missing() : undefined
  if (missing !== undefined) return refuse(`Apache Flume does not run here: ${missing}`)
  const home = resolve(values.home ?? join(tmpdir(), `flumen-tiers-${process.pid}`))
  const agents = await agentsIn(home, middle)
  const account = new Account(join(home, 'store/out'))
  process.on('exit', () => {
    for (const agent of agents) agent.killNow()
  })
  process.once('SIGINT', () => {
    isEnding = true
    say('\nNothing new is written; the rest goes to the store. Ctrl+C again ends at once.')
    process.once('SIGINT', () => process.exit(130))
  })
  process.once('SIGTERM', () => process.exit(143))
  // The store first, so that nobody has to wait for the one behind it.
  for (const agent of agents.toReversed()) await agent.start()
  say(`All is in ${home}; kills follow from --seed ${values.seed}`)
  for (const agent of agents) say(agent.description)
  const killer = new Killer(agents, Number(values.seed), killSeconds * 1000, say)
  const killing = killer.run()
  await writeLines(home, account, lines, rate)
  isEnding = true
  killer.end()
  await killing
  const sum = await settle(account, agents)
  for (const agent of agents) await agent.stop()
  return conclude(sum, killer.count, home, values.home === undefined)
}

async function agentsIn(home: string, middle: TierAgentOptions['program']): Promise<readonly TierAgent[]> {
  const [first, second, store] = [await freePort(), await freePort(), await freePort()]
  const environment = { FIRST_PORT: String(first), SECOND_PORT: String(second), STORE_PORT: String(store) }
  const agent = (name: string, role: TierAgentOptions['role'], port?: number): TierAgent =>
    new TierAgent({
      name,
      role,
      home: join(home, name),
      environment,
      program: role === 'collector' ? middle : 'flumen',
      ...(port !== undefined && { port }),
    })
  for (const edge of edges) mkdirSync(join(home, edge, 'logs'), { recursive: true })
  return [
    ...edges.map((edge) => agent(edge, 'edge')),
    agent('collector1', 'collector', first),
    agent('collector2', 'collector', second),
    agent('store', 'store', store),
  ]
}

/** Appends lines to the logs of both edges until there are enough, a new file every 5,000 lines of an edge. */
async function writeLines(home: string, account: Account, lines: number, rate: number): Promise<void> {
  const began = performance.now()
  let written = 0
  let shownAt = began
  while (!isEnding && (lines === 0 || written < lines)) {
    const due = Math.floor(((performance.now() - began) / 1000) * rate)
    const end = Math.min(due, lines === 0 ? due : lines)
    for (const [index, edge] of edges.entries()) {
      const [from, to] = [written, end].map((count) => Math.floor((count + index) / edges.length)) as [number, number]
      account.wrote(edge, to)
      for (let number = from; number < to; number++) {
        const file = join(home, edge, 'logs', `app-${Math.floor(number / 5000)}.log`)
        appendFileSync(file, `${lineOf(edge, number)}\n`)
      }
    }
    written = end
    if (performance.now() - shownAt > 5000) {
      shownAt = performance.now()
      say(described(account.sum()))
    }
    await sleep(50)
  }
}

/** Until nothing is missing; what ended by itself meanwhile is started again. */
async function settle(account: Account, agents: readonly TierAgent[]): Promise<Sum> {
  const deadline = performance.now() + settleMs
  for (;;) {
    const sum = account.sum()
    if (sum.missing === 0 || performance.now() > deadline) return sum
    for (const agent of agents) {
      if (agent.isRunning) continue
      await agent.stop()
      await agent.start()
    }
    await sleep(200)
  }
}

function conclude(sum: Sum, kills: number, home: string, isTemporary: boolean): number {
  const most = kills * batchesOfKill * batch
  say(`${described(sum)}; after ${kills} kills at most ${most} may be there twice`)
  const isWell = sum.missing === 0 && sum.strange === 0 && sum.twice <= most
  if (isWell && isTemporary) rmSync(home, { recursive: true, force: true })
  say(isWell ? 'It adds up.' : `IT DOES NOT ADD UP; look into ${home}`)
  return isWell ? 0 : 1
}

function described({ missing, stored, strange, twice, written }: Sum): string {
  return `${written} lines written, ${stored} stored, ${missing} missing, ${twice} twice, ${strange} of nobody`
}

/** Or what is wrong with them. */
function readOptions(): ReturnType<typeof parseArgs<{ options: typeof options }>>['values'] | string {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    const known = Object.keys(options).map((name) => `--${name}`)
    return `${error instanceof Error ? error.message.split('.')[0] : error}; there are ${known.join(', ')}`
  }
}

function refuse(reason: string): number {
  process.stderr.write(`tiers: ${reason}\n`)
  return 2
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
