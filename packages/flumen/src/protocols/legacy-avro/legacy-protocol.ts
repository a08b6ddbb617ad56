import { createHash } from 'node:crypto'
import { licence } from '../avro-rpc/source-protocol.ts'
import { priorities } from '../legacy-events/legacy-event.ts'

/** In the order in which they are written. */
const fields = [
  { name: 'timestamp', type: 'long' },
  { name: 'priority', type: 'Priority' },
  { name: 'body', type: 'bytes' },
  { name: 'nanos', type: 'long' },
  { name: 'host', type: 'string' },
  { name: 'fields', type: { type: 'map', values: 'bytes' } },
]

/** The protocol of Flume's source, to the letter: a client knows it by the MD5 of this text. */
export const legacyProtocol: string = JSON.stringify({
  protocol: 'FlumeOGEventAvroServer',
  namespace: 'com.cloudera.flume.handlers.avro',
  doc: licence,
  types: [
    { type: 'enum', name: 'Priority', symbols: priorities },
    { type: 'record', name: 'AvroFlumeOGEvent', fields },
  ],
  messages: { append: { request: [{ name: 'evt', type: 'AvroFlumeOGEvent' }], response: 'null' } },
})

/** 16 bytes. */
export const legacyProtocolHash: Buffer = createHash('md5').update(legacyProtocol).digest()

/**
 * Whether a client with this protocol writes events as they are read here; Flume 0.9 itself has other names for the
 * protocol and the record.
 * @returns undefined: the text is no protocol at all
 */
export function hasKnownLayout(text: string): boolean | undefined {
  const protocol = parsed(text)
  if (!isObject(protocol) || typeof protocol.protocol !== 'string') return undefined
  const { types } = protocol
  if (!Array.isArray(types)) return false
  const [enumeration, record] = ['enum', 'record'].map((kind) =>
    types.filter((each) => isObject(each) && each.type === kind),
  )
  return (
    isSame(enumeration?.[0]?.symbols, priorities) &&
    record?.length === 1 &&
    isSame(shapeOf(record[0]?.fields), shapeOf(fields))
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** Names and types; a type may be written in two ways, and Java's text has more in it. */
function shapeOf(list: unknown): unknown {
  if (!Array.isArray(list)) return undefined
  return list.map((each: unknown) => (isObject(each) ? `${String(each.name)} ${typeNameOf(each.type)}` : ''))
}

function typeNameOf(type: unknown): string {
  if (isObject(type)) return type.type === 'map' ? `map ${typeNameOf(type.values)}` : typeNameOf(type.type)
  return String(type).replace(/^.*\./, '')
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
