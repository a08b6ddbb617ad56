import { homedir } from 'node:os'
import { resolve } from 'node:path'
import type { Settings } from '../../config/settings.ts'
import { type CommandContext, UsageError } from '../command.ts'
import { configuredAgent } from '../configured-agent.ts'
import type { ChannelDirectories } from './channel-directories.ts'
import type { KeySource } from './channel-keys.ts'

/** What a configuration says of a channel that keeps files, in Flume's keys. */
export interface ConfiguredChannel {
  /** `a1.c1` */
  readonly name: string
  readonly directories: ChannelDirectories
  readonly keys: KeySource | undefined
  /** Events; undefined: it is not said. */
  readonly capacity: number | undefined
  /** Bytes of a segment; undefined: it is not said. */
  readonly maxFileSize: number | undefined
}

const keepsFiles = /^(?:file|spillablememory|.*\.(?:FileChannel|SpillableMemoryChannel))$/i

/** The channel that `-f`, `-n` and `--channel` mean. @throws UsageError */
export async function configuredChannel(context: CommandContext): Promise<ConfiguredChannel> {
  const { arguments: given, io } = context
  const { agent, settings } = await configuredAgent(context)
  const channel = chooseChannel(settings, agent, given.value('channel'))
  return new ChannelReader(settings, `${agent}.channels.${channel}.`, io.cwd).read(`${agent}.${channel}`)
}

function chooseChannel(settings: Settings, agent: string, wanted: string | undefined): string {
  const list = `${agent}.channels`
  const names = settings.get(list)?.value.split(/\s+/).filter(Boolean) ?? settings.implied(list) ?? []
  const typeOf = (name: string): string => settings.get(`${list}.${name}.type`)?.value.trim() ?? ''
  const fitting = names.filter((name) => keepsFiles.test(typeOf(name)))
  const have = fitting.length === 0 ? 'it has none that keeps files' : `those that keep files are ${fitting.join(', ')}`
  if (wanted !== undefined && !names.includes(wanted)) {
    throw new UsageError([`agent ${agent} has no channel ${wanted}; ${have}`])
  }
  if (wanted !== undefined && !fitting.includes(wanted)) {
    throw new UsageError([
      `channel ${wanted} of agent ${agent} is of type ${typeOf(wanted)}, which keeps no files; ${have}`,
    ])
  }
  const [only, another] = wanted === undefined ? fitting : [wanted]
  if (only === undefined) throw new UsageError([`agent ${agent}: ${have}`])
  if (another !== undefined) throw new UsageError([`name one with --channel; ${have}`])
  return only
}

class ChannelReader {
  readonly #settings: Settings
  readonly #prefix: string
  readonly #cwd: string

  constructor(settings: Settings, prefix: string, cwd: string) {
    this.#settings = settings
    this.#prefix = prefix
    this.#cwd = cwd
  }

  read(name: string): ConfiguredChannel {
    const home = `${homedir()}/.flume/file-channel`
    const checkpoint = this.#path(this.#value('checkpointDir') ?? `${home}/checkpoint`)
    const backup = this.#value('backupCheckpointDir')
    const isDual = this.#value('useDualCheckpoints')?.toLowerCase() === 'true' && backup !== undefined
    const data = (this.#value('dataDirs') ?? `${home}/data`).split(',').map((each) => each.trim())
    return {
      name,
      directories: {
        data: data.filter((each) => each !== '').map((each) => this.#path(each)),
        checkpoint: isDual ? [checkpoint, this.#path(backup)] : [checkpoint],
      },
      keys: this.#keys(),
      capacity: this.#number('capacity'),
      maxFileSize: this.#number('maxFileSize'),
    }
  }

  #keys(): KeySource | undefined {
    const type = this.#value('encryption.keyProvider')
    const activeKey = this.#value('encryption.activeKey')
    if (type === undefined || activeKey === undefined) return undefined
    const below = `${this.#prefix}encryption.keyProvider.`
    const options = this.#settings.below(below).map(({ key, value }) => [key.slice(below.length), value] as const)
    return { type, activeKey, options: Object.fromEntries(options) }
  }

  #value(key: string): string | undefined {
    const value = this.#settings.get(this.#prefix + key)?.value.trim()
    return value === '' ? undefined : value
  }

  #number(key: string): number | undefined {
    const value = Number(this.#value(key) ?? Number.NaN)
    return Number.isSafeInteger(value) && value > 0 ? value : undefined
  }

  #path(path: string): string {
    return resolve(this.#cwd, path.replace(/^~(?=\/|$)/, homedir()))
  }
}
