import { createHmac, hash, pbkdf2Sync, timingSafeEqual } from 'node:crypto'
import { decipher } from './decipher.ts'
import type { DerReader } from './der.ts'
import type { Iterations } from './iterations.ts'
import { damaged, KeyStoreProblem } from './key-store-error.ts'
import { Rc2Decipher } from './rc2.ts'

const pbes2 = '1.2.840.113549.1.5.13'
const pbkdf2 = '1.2.840.113549.1.5.12'

/** RFC 7292, appendix C. Of `bits` none means triple DES. */
const oldSchemes: Readonly<Record<string, { readonly keyLength: number; readonly rc2Bits?: number }>> = {
  '1.2.840.113549.1.12.1.3': { keyLength: 24 },
  '1.2.840.113549.1.12.1.4': { keyLength: 16 },
  '1.2.840.113549.1.12.1.5': { keyLength: 16, rc2Bits: 128 },
  '1.2.840.113549.1.12.1.6': { keyLength: 5, rc2Bits: 40 },
}

const ciphers: Readonly<
  Record<string, { readonly name: string; readonly keyLength: number; readonly ivLength: number }>
> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyLength: 16, ivLength: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyLength: 24, ivLength: 16 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyLength: 32, ivLength: 16 },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyLength: 24, ivLength: 8 },
}

const hmacs: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
}

interface Digest {
  readonly name: string
  /** Length of its result, bytes. */
  readonly length: number
  /** What it takes in one step, bytes. */
  readonly blockLength: number
}

const sha1: Digest = { name: 'sha1', length: 20, blockLength: 64 }
const digests: Readonly<Record<string, Digest>> = {
  '1.3.14.3.2.26': sha1,
  '2.16.840.1.101.3.4.2.4': { name: 'sha224', length: 28, blockLength: 64 },
  '2.16.840.1.101.3.4.2.1': { name: 'sha256', length: 32, blockLength: 64 },
  '2.16.840.1.101.3.4.2.2': { name: 'sha384', length: 48, blockLength: 128 },
  '2.16.840.1.101.3.4.2.3': { name: 'sha512', length: 64, blockLength: 128 },
}

/** What a derived bit string is for (RFC 7292, appendix B.3). */
const purpose = { key: 1, iv: 2, mac: 3 } as const

/**
 * A password in the two forms that PKCS12 uses: UTF-16 with two zeros behind it, and UTF-8. Programs do not agree on
 * whether the zeros follow an empty one, so both ways are tried.
 */
export function passwordForms(password: string): readonly Password[] {
  const text = Buffer.from(password)
  const wide = Buffer.from(`${password}\0`, 'utf16le').swap16()
  return password === ''
    ? [
        { text, wide },
        { text, wide: Buffer.alloc(0) },
      ]
    : [{ text, wide }]
}

export interface Password {
  readonly text: Buffer
  readonly wide: Buffer
}

/** Deciphers what is kept under an AlgorithmIdentifier. @param parameters what follows its name */
export function openProtected(
  algorithm: string,
  parameters: DerReader,
  data: Buffer,
  password: Password,
  iterations: Iterations,
  problem: KeyStoreProblem,
): Buffer {
  if (algorithm === pbes2) return openPbes2(parameters, data, password, iterations, problem)
  const scheme = oldSchemes[algorithm]
  if (scheme === undefined) throw unsupported('cipher', algorithm)
  const values = parameters.into()
  const salt = values.octets()
  const rounds = iterations.spend(values.integer())
  const key = derived(purpose.key, sha1, password.wide, salt, rounds, scheme.keyLength)
  const iv = derived(purpose.iv, sha1, password.wide, salt, rounds, 8)
  if (scheme.rc2Bits === undefined) {
    const threeKeys = Buffer.concat([key, key]).subarray(0, 24)
    return decipher('des-ede3-cbc', threeKeys, iv, data, problem)
  }
  const plain = new Rc2Decipher(key, scheme.rc2Bits).decipher(data, iv)
  if (plain === undefined) throw problem
  return plain
}

/** RFC 8018, section 6.2. */
function openPbes2(
  parameters: DerReader,
  data: Buffer,
  password: Password,
  iterations: Iterations,
  problem: KeyStoreProblem,
): Buffer {
  const schemes = parameters.into()
  const derivation = schemes.into()
  const encryption = schemes.into()
  const cipherId = encryption.oid()
  const cipher = ciphers[cipherId]
  if (cipher === undefined) throw unsupported('cipher', cipherId)
  const iv = encryption.octets()
  if (iv.length !== cipher.ivLength) throw damaged('a cipher has a start of the wrong length')
  const key = derivedByPbkdf2(derivation, password, iterations, cipher.keyLength)
  return decipher(cipher.name, key, iv, data, problem)
}

/** @param derivation the AlgorithmIdentifier of PBKDF2 */
function derivedByPbkdf2(derivation: DerReader, password: Password, iterations: Iterations, length: number): Buffer {
  const derivationId = derivation.oid()
  if (derivationId !== pbkdf2) throw unsupported('derivation of keys', derivationId)
  const values = derivation.into()
  const salt = values.octets()
  const rounds = iterations.spend(values.integer())
  const said = values.optionalInteger()
  if (said !== undefined && said !== length) throw damaged('a key has a length that its cipher does not have')
  return pbkdf2Sync(password.text, salt, rounds, length, values.atEnd ? 'sha1' : hmacOf(values.into()))
}

function hmacOf(identifier: DerReader): string {
  const id = identifier.oid()
  const name = hmacs[id]
  if (name === undefined) throw unsupported('HMAC', id)
  return name
}

/** Whether the MAC of the store is that of this password. @param macData its content */
export function isMacRight(macData: DerReader, content: Buffer, password: Password, iterations: Iterations): boolean {
  const digestInfo = macData.into()
  const algorithm = digestInfo.into().oid()
  const expected = digestInfo.octets()
  const digest = digests[algorithm]
  if (digest === undefined) throw unsupported('MAC', algorithm)
  const salt = macData.octets()
  const rounds = iterations.spend(macData.atEnd ? 1 : macData.integer())
  const key = derived(purpose.mac, digest, password.wide, salt, rounds, digest.length)
  const found = createHmac(digest.name, key).update(content).digest()
  return found.length === expected.length && timingSafeEqual(found, expected)
}

/** RFC 7292, appendix B.2; the names in brackets are those of the RFC. */
function derived(use: number, digest: Digest, password: Buffer, salt: Buffer, rounds: number, length: number): Buffer {
  const size = digest.blockLength
  const diversifier = Buffer.alloc(size, use)
  const input = Buffer.concat([filled(salt, size), filled(password, size)])
  const pieces: Buffer[] = []
  for (let start = 0; start < length; start += digest.length) {
    let piece: Buffer = hash(digest.name, Buffer.concat([diversifier, input]), 'buffer')
    for (let round = 1; round < rounds; round++) piece = hash(digest.name, piece, 'buffer')
    pieces.push(piece)
    const addend = filled(piece, size)
    for (let block = 0; block < input.length; block += size) addOneAnd(addend, input.subarray(block, block + size))
  }
  return Buffer.concat(pieces).subarray(0, length)
}

/** Repeated up to a multiple of the size; nothing stays nothing. */
function filled(bytes: Buffer, size: number): Buffer {
  const length = Math.ceil(bytes.length / size) * size
  return length === 0 ? Buffer.alloc(0) : Buffer.alloc(length, bytes)
}

/** `block` += addend + 1, as numbers with the high byte first. */
function addOneAnd(addend: Buffer, block: Buffer): void {
  let carry = 1
  for (let index = block.length - 1; index >= 0; index--) {
    carry += (addend[index] ?? 0) + (block[index] ?? 0)
    block[index] = carry & 0xff
    carry >>= 8
  }
}

function unsupported(what: string, id: string): KeyStoreProblem {
  return new KeyStoreProblem('unsupported', `it uses a ${what} that is not read: ${id}`)
}
