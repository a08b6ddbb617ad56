import { type Field, field, type OptionsOf, type Section } from '../../component/kit.ts'

/** What a sink is told of the hosts of its client. */
export interface ClientHosts {
  readonly names: readonly string[]
  /** By name, as they are written. */
  readonly addresses: ReadonlyMap<string, string>
}

const doc = 'Names of hosts of the client beneath; the first counts, and must be that of `hostname` and `port`.'
const addressDoc = '`HOST:PORT`.'
/** The name that Flume gives to what `hostname` and `port` say. */
const usualName = 'h1'

const facts = {
  kind: 'list',
  doc,
  required: false,
  defaultText: undefined,
  unit: undefined,
  constraint: 'names, separated by white space',
  onInvalid: 'refuse',
  aliases: [],
  ignored: undefined,
} as const

/** `hosts = h1` with `hosts.h1 = collector:4141` */
const hostsField: Field<ClientHosts> = {
  ...facts,
  keys: (name) => [name, `${name}.*`],
  rows: (name) => [
    { ...facts, key: name },
    { ...facts, key: `${name}.<name>`, kind: 'string', doc: addressDoc, constraint: undefined },
  ],
  schema: (name) => ({
    properties: {
      [name]: {
        description: doc,
        anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }, { type: 'object' }],
      },
    },
    patternProperties: { [`^${name}\\..+$`]: { description: addressDoc, type: 'string' } },
  }),
  read: (section, name) => {
    const written = section.get(name)
    return {
      names: written ? (section.list(name) ?? []) : [usualName],
      addresses: new Map(Array.from(section.takeBelow(name), ({ rest, value }) => [rest, value.trim()])),
    }
  },
}

const oneSide = 'a sink has one other side; several are for a sink group'

/** Flume hands every key of a sink to the client beneath it, whose keys may stand there too. */
export const rpcClientFields = {
  'client.type': field.string({
    default: 'default',
    doc: "Flume's client beneath. One that speaks to several hosts, or another protocol, is refused: a sink group, or another sink, does it.",
  }),
  hosts: hostsField,
  'max-attempts': field.string({ doc: 'Tries of a failover client.', ignored: oneSide }),
  'host-selector': field.string({ doc: 'What chooses a host for a load balancing client.', ignored: oneSide }),
  backoff: field.string({ doc: 'Whether a load balancing client spares a host that failed.', ignored: oneSide }),
  maxBackoff: field.string({ doc: 'For how long it does so at most.', ignored: oneSide }),
}

interface ToldOfClient extends OptionsOf<typeof rpcClientFields> {
  readonly hostname: string
  readonly port: number
}

/** What keeps a sink from sending where Flume would: it is refused, with what to write instead. */
export function checkRpcClient(options: ToldOfClient, transport: 'avro' | 'thrift', section: Section): void {
  // A Thrift sink of Flume has its own client, whatever is said.
  const refusal = transport === 'avro' ? refusalOf(options['client.type'], section) : undefined
  if (refusal) section.error('client.type', ...refusal)
  else checkHosts(options, section)
}

function refusalOf(written: string, section: Section): readonly [message: string, fix: string] | undefined {
  const type = written.toLowerCase().replace(/^org\.apache\.flume\.api\./, '')
  switch (type) {
    case 'default':
    case 'nettyavrorpcclient':
      return undefined
    case 'default_failover':
    case 'failoverrpcclient':
      return groupInstead('failover')
    case 'default_loadbalance':
    case 'loadbalancingrpcclient':
      return groupInstead('load_balance')
    case 'thrift':
    case 'thriftrpcclient':
      return [
        'an Avro sink does not speak Thrift here',
        `write ${section.key('type')} = thrift, and remove client.type`,
      ]
    default:
      return [`there is no client of type "${written.slice(0, 100)}"`, `remove ${section.key('client.type')}`]
  }
}

function groupInstead(processor: string): readonly [message: string, fix: string] {
  return [
    'a sink sends to one host here, not to several',
    `write a sink for each host, in a sink group with processor.type = ${processor}; remove client.type and hosts`,
  ]
}

function checkHosts({ hosts, hostname, port }: ToldOfClient, section: Section): void {
  const own = `${hostname}:${port}`
  const addresses = new Map([[usualName, own], ...hosts.addresses])
  const name = hosts.names.find((each) => addresses.has(each))
  if (name === undefined) {
    section.error(
      'hosts',
      'none of these hosts has an address',
      `remove ${section.key('hosts')}: hostname and port say it`,
    )
    return
  }
  const address = addresses.get(name) ?? own
  if (address === own) return
  const [, host, digits] = /^(.*):(\d+)$/.exec(address) ?? []
  section.error(
    hosts.addresses.has(name) ? `hosts.${name}` : 'hosts',
    `Flume sends to ${address.slice(0, 100)} then and not to ${own}`,
    `write ${section.key('hostname')} = ${host ?? 'HOST'} and ${section.key('port')} = ${digits ?? 'PORT'}, and remove hosts`,
  )
}
