/** How calls and answers are written; both sides are set to the same, nothing on the wire negotiates it. */
export type ThriftProtocol = 'compact' | 'binary'

/** Numbers of the types in TBinaryProtocol; here they stand for the types of both protocols. */
export const thriftType = {
  stop: 0,
  boolean: 2,
  byte: 3,
  double: 4,
  i16: 6,
  i32: 8,
  i64: 10,
  string: 11,
  struct: 12,
  map: 13,
  set: 14,
  list: 15,
  uuid: 16,
} as const

/** High half of a message's first word in TBinaryProtocol with the version ("strict"). */
export const binaryVersion = 0x8001

/** Bytes in TBinaryProtocol of values that have nothing within them. */
export const scalarBytes: ReadonlyMap<number, number> = new Map<number, number>([
  [thriftType.boolean, 1],
  [thriftType.byte, 1],
  [thriftType.double, 8],
  [thriftType.i16, 2],
  [thriftType.i32, 4],
  [thriftType.i64, 8],
])

export const messageType = { call: 1, reply: 2, exception: 3, oneWay: 4 } as const

/** What ThriftSourceProtocol answers; the last two are never sent by Flume. */
export const thriftStatus = { ok: 0, failed: 1, error: 2, unknown: 3 } as const

/** Kinds of a TApplicationException. */
export const applicationError = {
  unknownMethod: 1,
  missingResult: 5,
  internal: 6,
  protocol: 7,
} as const

/** Structs, maps and lists within each other, at most. */
export const mostDepth = 64
