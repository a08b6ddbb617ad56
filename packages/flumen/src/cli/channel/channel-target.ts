import { SegmentCiphers } from '../../storage/encryption/segment-ciphers.ts'
import { lz4Codec } from '../../storage/lz4-codec.ts'
import type { Ciphers } from '../../storage/payload.ts'
import { systemFiles } from '../../storage/system-files.ts'
import { type CommandContext, UsageError } from '../command.ts'
import { type ChannelDirectories, hasSegments, isOfFlume, locateChannel } from './channel-directories.ts'
import { keysOfArguments, loadKeys } from './channel-keys.ts'
import { type ConfiguredChannel, configuredChannel } from './configured-channel.ts'
import { keysNamed, segmentHeads } from './segment-heads.ts'

/** The channel that a command line means. */
export interface ChannelTarget {
  readonly directories: ChannelDirectories
  /** Undefined: no key is given, or none is needed. */
  readonly ciphers: Ciphers | undefined
  /** Names of the keys that segments need, oldest first. */
  readonly keys: readonly string[]
}

export const lz4 = lz4Codec

/** @throws UsageError, KeyProviderError */
export async function channelTarget(context: CommandContext, places: readonly string[]): Promise<ChannelTarget> {
  const { arguments: given, io } = context
  const own = keysOfArguments(given)
  const isConfigured = given.has('conf-file')
  if (isConfigured && places.length > 0)
    throw new UsageError(['name directories, or a configuration with -f, not both'])
  if (!isConfigured && (given.has('name') || given.has('channel'))) {
    throw new UsageError(['-n and --channel mean something with -f only'])
  }
  const configured = isConfigured ? await configuredChannel(context) : undefined
  if (configured) requireSegments(configured)
  const directories = configured?.directories ?? locateChannel(places, io.cwd)
  const keys = keysNamed(segmentHeads(systemFiles, directories.data))
  const provider = await loadKeys(own ?? configured?.keys, keys, io.cwd)
  return { directories, ciphers: provider && new SegmentCiphers(provider), keys }
}

function requireSegments({ name, directories: { data } }: ConfiguredChannel): void {
  if (data.some(hasSegments)) return
  const why = data.some(isOfFlume)
    ? 'they hold what Apache Flume left; see flumen channel import'
    : 'it has not run yet, or its directories are others'
  throw new UsageError([`channel ${name} has no segments in ${data.join(', ')}: ${why}`])
}
