/** One value for Ganglia. */
export interface GangliaMetric {
  /** The machine's name. */
  readonly hostname: string
  readonly name: string
  readonly value: string
}

/** Numbers of the protocol, and what Flume says of each of its metrics. */
const metadataMessage = 128
const valueMessage = 133
const notSpoofed = 0
/** It may go up and down. */
const slope = 3
/** Most seconds between two values. */
const tmax = 60
/** A metric that is not sent any more stays for ever. */
const dmax = 0
const units = ''

/** Ganglia 3.1: a packet says what a metric is, the next one its value. */
export function packets31({ hostname, name, value }: GangliaMetric): readonly [metadata: Buffer, value: Buffer] {
  const metadata = [metadataMessage, hostname, name, notSpoofed]
  const facts = [typeOf(value), name, units, slope, tmax, dmax]
  const extra = [1, 'GROUP', 'flume']
  return [xdr([...metadata, ...facts, ...extra]), xdr([valueMessage, hostname, name, notSpoofed, '%s', value])]
}

/** Ganglia 3.0: one packet for both. */
export function packet30({ hostname, name, value }: GangliaMetric): Buffer {
  return xdr([0, typeOf(value), `${hostname}.${name}`, value, units, slope, tmax, dmax])
}

function typeOf(value: string): string {
  return /^-?\d+(\.\d+)?(E-?\d+)?$/.test(value) ? 'float' : 'string'
}

/** XDR (RFC 4506): whole numbers of four bytes; strings with their length before them, filled up to four bytes. */
function xdr(parts: readonly (number | string)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'number') return int32(part)
      const bytes = Buffer.from(part)
      return Buffer.concat([int32(bytes.length), bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
    }),
  )
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
