import { AvroDataError } from './avro-data.ts'

/** What a datum is made of; a named type may stand in itself. */
export type AvroType =
  | { readonly kind: 'null' | 'boolean' | 'number' | 'float' | 'double' | 'text' }
  | { readonly kind: 'fixed'; readonly size: number }
  | { readonly kind: 'enum'; readonly symbols: number }
  | { readonly kind: 'array'; readonly items: AvroType }
  | { readonly kind: 'map'; readonly items: AvroType }
  | { readonly kind: 'union'; readonly branches: readonly AvroType[] }
  | { readonly kind: 'record'; readonly fields: readonly AvroType[] }

export interface AvroSchema {
  readonly type: AvroType
  /** The "parsing canonical form" of the specification. */
  readonly canonical: string
}

/** int and long are one, string and bytes are one. */
const primitives: Readonly<Record<string, AvroType['kind']>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'float',
  double: 'double',
  bytes: 'text',
  string: 'text',
}
const longestSchema = 4 * 1024 ** 2
const deepest = 200

/** @throws AvroDataError where it is none */
export function parseAvroSchema(text: string): AvroSchema {
  if (text.length > longestSchema) throw new AvroDataError('the schema is too large')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new AvroDataError(`the schema is no JSON: ${(cause as Error).message}`)
  }
  return new SchemaReader().read(json, '', 0)
}

/** CRC-64-AVRO of the canonical form, as Flume writes it: 16 hexadecimal digits, the lowest byte first. */
export function schemaFingerprint({ canonical }: AvroSchema): string {
  let print = emptyPrint
  for (const byte of Buffer.from(canonical)) {
    print = (print >> 8n) ^ (printTable[Number((print ^ BigInt(byte)) & 255n)] ?? 0n)
  }
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(print)
  return bytes.toString('hex')
}

const emptyPrint = 0xc15d213aa4d7a795n
const printTable = Array.from({ length: 256 }, (_, index) => {
  let print = BigInt(index)
  for (let bit = 0; bit < 8; bit++) print = (print >> 1n) ^ ((print & 1n) === 1n ? emptyPrint : 0n)
  return print
})

type Json = Readonly<Record<string, unknown>>

class SchemaReader {
  readonly #named = new Map<string, AvroType>()

  read(json: unknown, space: string, depth: number): AvroSchema {
    if (depth > deepest) throw new AvroDataError(`the schema is nested deeper than ${deepest}`)
    if (typeof json === 'string') return this.#byName(json, space)
    if (Array.isArray(json)) return this.#union(json, space, depth)
    if (typeof json !== 'object' || json === null) throw wrong(json)
    const { type } = json as Json
    if (typeof type !== 'string') return this.read(type, space, depth + 1)
    switch (type) {
      case 'record':
      case 'error':
        return this.#record(json as Json, type, space, depth)
      case 'enum':
        return this.#enum(json as Json, space)
      case 'fixed':
        return this.#fixed(json as Json, space)
      case 'array':
      case 'map':
        return this.#container(json as Json, type, space, depth)
      default:
        return this.#byName(type, space)
    }
  }

  #byName(name: string, space: string): AvroSchema {
    const kind = Object.hasOwn(primitives, name) ? primitives[name] : undefined
    if (kind !== undefined) return { type: { kind } as AvroType, canonical: JSON.stringify(name) }
    const full = name.includes('.') || space === '' ? name : `${space}.${name}`
    const type = this.#named.get(full)
    if (!type) throw new AvroDataError(`the schema has no type ${name}`)
    return { type, canonical: JSON.stringify(full) }
  }

  #union(json: readonly unknown[], space: string, depth: number): AvroSchema {
    const branches = json.map((each) => this.read(each, space, depth + 1))
    return {
      type: { kind: 'union', branches: branches.map(({ type }) => type) },
      canonical: `[${branches.map(({ canonical }) => canonical).join(',')}]`,
    }
  }

  #record(json: Json, word: string, space: string, depth: number): AvroSchema {
    const name = fullName(json, space)
    const fields: AvroType[] = []
    const type: AvroType = { kind: 'record', fields }
    this.#define(name, type)
    if (!Array.isArray(json.fields)) throw wrong(json)
    const texts = json.fields.map((each: unknown) => {
      const { name: field, type: of } = (each ?? {}) as Json
      if (typeof field !== 'string') throw wrong(each)
      const found = this.read(of, spaceOf(name), depth + 1)
      fields.push(found.type)
      return `{"name":${JSON.stringify(field)},"type":${found.canonical}}`
    })
    return { type, canonical: `{"name":${JSON.stringify(name)},"type":"${word}","fields":[${texts.join(',')}]}` }
  }

  #enum(json: Json, space: string): AvroSchema {
    const name = fullName(json, space)
    const { symbols } = json
    if (!Array.isArray(symbols) || !symbols.every((each) => typeof each === 'string')) throw wrong(json)
    const type: AvroType = { kind: 'enum', symbols: symbols.length }
    this.#define(name, type)
    const texts = symbols.map((each) => JSON.stringify(each)).join(',')
    return { type, canonical: `{"name":${JSON.stringify(name)},"type":"enum","symbols":[${texts}]}` }
  }

  #fixed(json: Json, space: string): AvroSchema {
    const name = fullName(json, space)
    const size = Number(json.size)
    if (!Number.isSafeInteger(size) || size < 0) throw wrong(json)
    const type: AvroType = { kind: 'fixed', size }
    this.#define(name, type)
    return { type, canonical: `{"name":${JSON.stringify(name)},"type":"fixed","size":${size}}` }
  }

  #container(json: Json, kind: 'array' | 'map', space: string, depth: number): AvroSchema {
    const key = kind === 'array' ? 'items' : 'values'
    const items = this.read(json[key], space, depth + 1)
    return { type: { kind, items: items.type }, canonical: `{"type":"${kind}","${key}":${items.canonical}}` }
  }

  #define(name: string, type: AvroType): void {
    if (this.#named.has(name)) throw new AvroDataError(`the schema defines ${name} twice`)
    this.#named.set(name, type)
  }
}

function fullName({ name, namespace }: Json, space: string): string {
  if (typeof name !== 'string' || name === '') throw new AvroDataError('a type of the schema has no name')
  if (name.includes('.')) return name
  const own = typeof namespace === 'string' ? namespace : space
  return own === '' ? name : `${own}.${name}`
}

function spaceOf(name: string): string {
  return name.slice(0, Math.max(name.lastIndexOf('.'), 0))
}

function wrong(json: unknown): AvroDataError {
  return new AvroDataError(`${(JSON.stringify(json) ?? 'nothing').slice(0, 80)} is no type of a schema`)
}
