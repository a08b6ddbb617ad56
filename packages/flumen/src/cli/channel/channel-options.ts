import { configurationOptions, helpOption, property } from '../agent-options.ts'
import type { Option } from '../command.ts'

/** What is done to a channel. */
export const actions = ['stat', 'verify', 'export', 'repair', 'import'] as const
export type Action = (typeof actions)[number]

interface ActionOption extends Option {
  /** Those that take it; absent: all. */
  readonly actions?: readonly Action[]
}

const configured = configurationOptions.filter(({ name }) => name !== 'lenient')

export const channelOptions: readonly ActionOption[] = [
  { name: 'json', actions: ['stat', 'verify', 'repair', 'import'], doc: 'Prints one JSON object instead of text.' },
  {
    name: 'cursor',
    value: 'NAME',
    actions: ['export'],
    doc: 'Whose waiting events, where the channel has several cursors.',
  },
  {
    name: 'from',
    value: 'POSITION|flume',
    actions: ['export', 'import'],
    doc: 'export: the first position. import: flume.',
  },
  { name: 'limit', value: 'N', actions: ['export'], doc: 'At most so many events.' },
  { name: 'all', actions: ['export'], doc: 'Also delivered events, as far as they are still on the disk.' },
  {
    name: 'format',
    value: 'json|text|avro',
    actions: ['export'],
    doc: 'json (default): an object a line. text: bodies, a line each. avro: a container file.',
  },
  {
    name: 'to',
    value: 'FILE|DIR',
    actions: ['export', 'import'],
    doc: 'export: a new file instead of standard output. import: where our channel is, or shall be.',
  },
  { name: 'dry-run', actions: ['repair'], doc: 'Only says what would be done.' },
  {
    name: 'channel',
    value: 'NAME',
    doc: 'The channel of the configuration that -f names. May be left out where only one keeps files.',
  },
  ...configured,
  {
    name: 'key-store',
    value: 'FILE',
    doc: 'Keys of an encrypted channel: a JCEKS, JKS or PKCS12 store. -f brings the keys of its channel.',
  },
  { name: 'key-store-password-file', value: 'FILE', doc: 'A file with the password of the key store.' },
  {
    name: 'key-password-file',
    value: 'KEY=FILE',
    repeatable: true,
    doc: 'A file with the password of one key, where it is not that of the store.',
  },
  {
    name: 'key-file',
    value: 'KEY=FILE',
    repeatable: true,
    doc: 'A key by itself: 16, 24 or 32 bytes as they are, in hexadecimal, in base64 or as PEM.',
  },
  property,
  helpOption,
]

/** Options that are given and mean nothing to this action. */
export function strayOptions(action: Action, given: Iterable<string>): readonly string[] {
  const names = new Set(given)
  return channelOptions
    .filter((option) => names.has(option.name) && option.actions && !option.actions.includes(action))
    .map(({ name }) => `--${name} means nothing to ${action}`)
}
