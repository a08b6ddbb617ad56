import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import type { Settings } from '../../config/settings.ts'
import { compileJavaRegex, JavaRegexError } from '../../text/java-regex.ts'
import { type CommandContext, UsageError } from '../command.ts'
import { configuredAgent } from '../configured-agent.ts'

/** What a configuration says of a TAILDIR source. */
export interface ConfiguredTail {
  readonly positionFile: string
  /** Files that its groups have now. */
  readonly files: readonly string[]
}

const isTail = /^(?:taildir|.*\.TaildirSource)$/i

/** The source that `-f`, `-n` and `--source` mean. @throws UsageError */
export async function configuredTail(context: CommandContext): Promise<ConfiguredTail> {
  const { arguments: given, io } = context
  const { agent, settings } = await configuredAgent(context)
  const prefix = `${agent}.sources.${chooseSource(settings, agent, given.value('source'))}`
  const named = settings.get(`${prefix}.positionFile`)?.value.trim() ?? '~/.flume/taildir_position.json'
  return {
    positionFile: resolve(io.cwd, named.replace(/^~(?=\/)/, homedir())),
    files: await filesOf(settings, `${prefix}.filegroups`),
  }
}

function chooseSource(settings: Settings, agent: string, wanted: string | undefined): string {
  const list = `${agent}.sources`
  const fitting = namesOf(settings, list).filter((name) =>
    isTail.test(settings.get(`${list}.${name}.type`)?.value.trim() ?? ''),
  )
  const have = fitting.length === 0 ? 'it has none' : `it has ${fitting.join(', ')}`
  if (wanted !== undefined && !fitting.includes(wanted)) {
    throw new UsageError([`agent ${agent} has no source ${wanted} of type TAILDIR; ${have}`])
  }
  const [only, another] = wanted === undefined ? fitting : [wanted]
  if (only === undefined) throw new UsageError([`agent ${agent} has no source of type TAILDIR`])
  if (another !== undefined) throw new UsageError([`name one with --source; ${have}`])
  return only
}

async function filesOf(settings: Settings, list: string): Promise<readonly string[]> {
  const files: string[] = []
  for (const group of namesOf(settings, list)) {
    const path = settings.get(`${list}.${group}`)?.value.trim()
    if (path === undefined) continue
    const pattern = patternOf(path, `${list}.${group}`)
    const names = await readdir(dirname(path)).catch(() => [])
    for (const name of names) if (pattern.fullMatch(name) === true) files.push(join(dirname(path), name))
  }
  return files
}

function patternOf(path: string, key: string): ReturnType<typeof compileJavaRegex> {
  try {
    return compileJavaRegex(basename(path))
  } catch (error) {
    if (!(error instanceof JavaRegexError)) throw error
    throw new UsageError([`${key}: ${error.message}`])
  }
}

function namesOf(settings: Settings, list: string): readonly string[] {
  return settings.get(list)?.value.split(/\s+/).filter(Boolean) ?? settings.implied(list) ?? []
}
