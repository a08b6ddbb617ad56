import { randomBytes } from 'node:crypto'

// Hellos of TLS written by hand: what neither side here can be made to say, its own library knows no more either.

export const versions = { ssl3: 0x0300, tls10: 0x0301, tls11: 0x0302, tls12: 0x0303 } as const

/** Suites for servers with a key of EC and of RSA; each list has one that would do for an EC key. */
export const suites = {
  /** ECDHE-ECDSA-AES128-SHA, spoken by every version. */
  sound: [0xc009],
  null: [0x0001, 0x0002, 0x003b, 0xc006, 0xc010],
  rc4: [0x0004, 0x0005, 0xc007, 0xc011],
  tripleDes: [0x000a, 0x0016, 0xc008, 0xc012],
  des: [0x0009, 0x0015],
  exportGrade: [0x0003, 0x0006, 0x0008, 0x0014],
  anonymous: [0x0034, 0x006c, 0x00a6, 0xc015, 0xc018],
} as const satisfies Readonly<Record<string, readonly number[]>>

const typeOf = { alert: 0x15, handshake: 0x16, serverHello: 2, clientHello: 1 }

export function clientHelloOf(version: number, ciphers: readonly number[]): Buffer {
  const extensions = Buffer.concat([
    extension(0x000a, prefixed(2, Buffer.from('001d00170018', 'hex'))),
    extension(0x000b, Buffer.from('0100', 'hex')),
    extension(0x000d, prefixed(2, Buffer.from('0403050306030804080508060401050106010203', 'hex'))),
    noRenegotiation,
  ])
  const list = prefixed(2, Buffer.concat(ciphers.map(number16)))
  const noSession = Buffer.of(0)
  const noCompression = Buffer.of(1, 0)
  const body = [number16(version), randomBytes(32), noSession, list, noCompression, prefixed(2, extensions)]
  return handshake(version, typeOf.clientHello, Buffer.concat(body))
}

export function serverHelloOf(version: number, cipher: number): Buffer {
  const noSession = Buffer.of(0)
  const noCompression = Buffer.of(0)
  const body = [
    number16(version),
    randomBytes(32),
    noSession,
    number16(cipher),
    noCompression,
    prefixed(2, noRenegotiation),
  ]
  return handshake(version, typeOf.serverHello, Buffer.concat(body))
}

export function isServerHello(bytes: Buffer): boolean {
  return bytes[0] === typeOf.handshake && bytes[5] === typeOf.serverHello
}

export function isAlert(bytes: Buffer): boolean {
  return bytes[0] === typeOf.alert
}

function handshake(version: number, type: number, body: Buffer): Buffer {
  const message = Buffer.concat([Buffer.of(type), prefixed(3, body)])
  return Buffer.concat([Buffer.of(typeOf.handshake), number16(version), prefixed(2, message)])
}

const noRenegotiation = extension(0xff01, Buffer.of(0))

function extension(type: number, body: Buffer): Buffer {
  return Buffer.concat([number16(type), prefixed(2, body)])
}

/** With its length before it, in so many bytes. */
function prefixed(bytes: number, body: Buffer): Buffer {
  const length = Buffer.alloc(bytes)
  length.writeUIntBE(body.length, 0, bytes)
  return Buffer.concat([length, body])
}

function number16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff)
}
