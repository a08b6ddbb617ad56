/** What the oracle can run; the Java class of each says what its `config` and `input` mean. */
export type Kind =
  | 'interceptor'
  | 'logger'
  | 'serializer'
  | 'file_roll'
  | 'netcat'
  | 'netcatudp'
  | 'properties'
  | 'substitution'
  | 'selector'
  | 'validation'
  | 'memory_channel'
  | 'sink_processor'
  | 'embedded_agent'

/** One thing asked of real Flume. Plain JSON. */
export interface Case {
  /** Unique within its kind. */
  readonly case: string
  readonly kind: Kind
  /** The component's own keys, as after `a1.sources.r1.` and its like; values as Flume's reader leaves them. */
  readonly config: Readonly<Record<string, string>>
  readonly input: object
}

/** An event: `body` is UTF-8 text, `body_b64` stands where the bytes are not UTF-8. */
export interface EventJson {
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly body_b64?: string
}

export function event(body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): EventJson {
  return { headers, ...bytesJson('body', body) } as EventJson
}

/** `{ [name]: text }`, or `{ [name_b64]: base64 }` where the bytes are not UTF-8. */
export function bytesJson(name: string, bytes: string | Uint8Array): Record<string, string> {
  if (typeof bytes === 'string') return { [name]: bytes }
  try {
    return { [name]: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) }
  } catch {
    return { [`${name}_b64`]: Buffer.from(bytes).toString('base64') }
  }
}

export function events(...bodies: readonly (string | Uint8Array)[]): EventJson[] {
  return bodies.map((body) => event(body))
}

/** Makes cases of one kind from `[name, config, input]` rows. */
export function casesOf(
  kind: Kind,
  rows: readonly (readonly [name: string, config: Readonly<Record<string, string>>, input: object])[],
): Case[] {
  return rows.map(([name, config, input]) => ({ case: name, kind, config, input }))
}

/** Numbers 0 to 1, the same ones for the same seed on every machine. */
export function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function pick<T>(random: () => number, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)]!
}

/** `count` headers with names and values of all lengths and scripts. */
export function manyHeaders(random: () => number, count: number): Record<string, string> {
  const headers: Record<string, string> = {}
  while (Object.keys(headers).length < count) headers[headerName(random)] = pick(random, headerValues)
  return headers
}

const headerValues = ['', '1', 'v', 'ünï', '日本', '😀', 'a=b', 'x, y', '1700000000000', 'long '.repeat(10)]
const nameParts = [
  'a',
  'B',
  'host',
  'time',
  'x-',
  'file',
  'ü',
  'key',
  '.',
  '_',
  'Zz',
  '日',
  'AaAa',
  'BBBB',
  'AaBB',
  '7',
]

/** Never digits alone: an object would put such a name in front of the others. */
function headerName(random: () => number): string {
  const length = 1 + Math.floor(random() * 4)
  const name = Array.from({ length }, () => pick(random, nameParts)).join('')
  return /^\d+$/.test(name) ? `n${name}` : name
}
