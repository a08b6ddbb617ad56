import { type ParsedArguments, spellingOf } from './arguments.ts'
import { type Option, UsageError } from './command.ts'

export const helpOption: Option = { name: 'help', short: 'h', doc: 'Shows this help.' }

/** Says which configuration, and which agent of it. */
export const configurationOptions: readonly Option[] = [
  { name: 'name', short: 'n', value: 'NAME', doc: 'The agent. May be left out where there is only one.' },
  {
    name: 'conf-file',
    short: 'f',
    value: 'FILE',
    repeatable: true,
    doc: 'A configuration: .properties (or .conf), .yaml, .json. Given again, later files win key by key.',
  },
  {
    name: 'lenient',
    doc: "Flume's way: what is misspelt or does not fit is dropped, and the rest runs. Without it, an error stops the start.",
  },
]

export const conf: Option = {
  name: 'conf',
  short: 'c',
  value: 'DIR',
  doc: 'The configuration folder; its flume.opts holds defaults for these options.',
}

export const property: Option = {
  name: 'D',
  value: 'NAME=VALUE',
  attached: true,
  repeatable: true,
  doc: `A system property, for \${sys:NAME}. -Dflumen.KEY=VALUE is an agent-wide setting.`,
}

export const logOptions: readonly Option[] = [
  {
    name: 'log-format',
    value: 'text|json',
    doc: 'Lines of the log, on standard error: text for people (default), or JSON.',
  },
  { name: 'log-level', value: 'LEVEL', doc: 'The least level that is logged: debug, info (default), warn, error.' },
]

/** What Flume's command has and this version does not. */
export const laterOptions: readonly Option[] = [
  later('conf-uri', 'u', 'URI', 'A configuration by URI'),
  later('zkConnString', 'z', 'HOSTS', 'The ZooKeeper servers that hold the configuration'),
  later('zkBasePath', 'p', 'PATH', "The configurations' folder in ZooKeeper"),
  later('auth-provider', 'a', 'CLASS', 'Who authorizes reading the configuration'),
  later('conf-provider', 'prov', 'CLASS', 'Who provides the configuration'),
  later('conf-user', 'user', 'NAME', 'The user of a configuration by URI'),
  later('conf-password', 'pwd', 'PASSWORD', 'The password of a configuration by URI'),
  later('backup-directory', 'b', 'DIR', 'Where the last good configuration is kept'),
  later('poll-interval', 'i', 'SECONDS', 'How often the configuration is looked at'),
]

export const noReload: Option = {
  name: 'no-reload-conf',
  doc: 'Accepted: a configuration is read once in this version.',
}

/** Everything that `agent` takes. */
export const agentOptions: readonly Option[] = [
  ...configurationOptions,
  conf,
  property,
  ...logOptions,
  noReload,
  helpOption,
  ...laterOptions,
]

/** Throws a usage error that names every given option which comes later. */
export function refuseLaterOptions(given: ParsedArguments): void {
  const complaints = laterOptions
    .filter(({ name }) => given.has(name))
    .map((option) => `${spellingOf(option)} comes with a later version; name a file with -f`)
  if (complaints.length > 0) throw new UsageError(complaints)
}

function later(name: string, short: string, value: string, what: string): Option {
  return { name, short, value, later: true, repeatable: true, doc: `${what}.` }
}
