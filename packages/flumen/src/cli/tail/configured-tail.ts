import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { SourcePlan } from '../../component/plan.ts'
import { type CommandContext, UsageError } from '../command.ts'
import { planAgent } from '../configuration.ts'
import { configuredAgent } from '../configured-agent.ts'
import { problemLine } from '../problem-lines.ts'
import { type EncodingOf, encodingWith } from './line-counter.ts'

/** What a configuration says of a TAILDIR source. */
export interface ConfiguredTail {
  readonly positionFile: string
  /** Files that its groups have now. */
  readonly files: readonly string[]
  readonly encodingOf: EncodingOf
}

/** The options of the source that matter here. */
interface TailOptions {
  readonly positionFile: string
  readonly filegroups: readonly Group[]
  readonly inputCharset: string | undefined
}

interface Group {
  readonly folders: { readonly root: string; goesBelow(directory: string): boolean }
  has(path: string): boolean
}

/** The source that `-f`, `-n` and `--source` mean. @throws UsageError */
export async function configuredTail(context: CommandContext): Promise<ConfiguredTail> {
  const { arguments: given, io } = context
  const { agent, configuration } = await configuredAgent(context)
  const { plan, problems } = await planAgent(configuration, agent, { ...io, lenient: true })
  const fitting = plan.sources.filter(({ declaration }) => declaration.type === 'TAILDIR')
  const source = chooseSource(agent, fitting, given.value('source'))
  if (!source) {
    const errors = problems.all.filter(({ severity }) => severity === 'error')
    throw new UsageError([
      `agent ${agent} has no source of type TAILDIR that can run`,
      ...errors.map((each) => problemLine(each).trimEnd()),
    ])
  }
  const { positionFile, filegroups, inputCharset } = source.options as TailOptions
  const files = await Promise.all(filegroups.map((group) => filesOf(group, group.folders.root)))
  const encodingOf = encodingWith(inputCharset)
  return { positionFile: resolve(io.cwd, positionFile), files: [...new Set(files.flat())], encodingOf }
}

function chooseSource(
  agent: string,
  fitting: readonly SourcePlan[],
  wanted: string | undefined,
): SourcePlan | undefined {
  const names = fitting.map(({ name }) => name)
  const have = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`
  if (wanted !== undefined && !names.includes(wanted)) {
    throw new UsageError([`agent ${agent} has no source ${wanted} of type TAILDIR; ${have}`])
  }
  const [only, another] = fitting.filter(({ name }) => wanted === undefined || name === wanted)
  if (another !== undefined) throw new UsageError([`name one with --source; ${have}`])
  return only
}

async function filesOf(group: Group, directory: string): Promise<readonly string[]> {
  const files: string[] = []
  for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) {
      if (group.folders.goesBelow(directory)) files.push(...(await filesOf(group, path)))
    } else if (group.has(path)) {
      files.push(path)
    }
  }
  return files
}
