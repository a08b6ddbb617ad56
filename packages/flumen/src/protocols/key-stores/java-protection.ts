import { hash, timingSafeEqual } from 'node:crypto'
import type { Bytes } from '../../core/index.ts'
import { ByteReader } from './byte-reader.ts'
import { decipher, wrongKeyPassword } from './decipher.ts'
import { DerReader } from './der.ts'
import type { Iterations } from './iterations.ts'
import { type JavaObject, readJavaObject } from './java-object.ts'
import type { SecretKey } from './key-store.ts'
import { damaged, KeyStoreProblem, orWrongPassword } from './key-store-error.ts'
import { type EncryptedPrivateKeyInfo, readEncryptedPrivateKeyInfo, readPrivateKeyInfo } from './private-key-info.ts'

/** How keys are kept in JKS (Sun's KeyProtector) and JCEKS (PBEWithMD5AndTripleDES, which exists in Java only). */
const protector = { jks: '1.3.6.1.4.1.42.2.17.1.1', jceks: '1.3.6.1.4.1.42.2.19.1' } as const
const sha1Length = 20
const sealedClasses = ['javax.crypto.SealedObject', 'com.sun.crypto.provider.SealedObjectForKeyProtector']

/** A private key as PKCS8. */
export function openPrivateKey(protectedKey: Bytes, password: string, alias: string, iterations: Iterations): Buffer {
  const info = readEncryptedPrivateKeyInfo(protectedKey)
  const key = privateKeyOf(info, password, alias, iterations)
  orWrongPassword(wrongKeyPassword(alias), () => readPrivateKeyInfo(key))
  return key
}

function privateKeyOf(info: EncryptedPrivateKeyInfo, password: string, alias: string, iterations: Iterations): Buffer {
  const { algorithm, parameters, data } = info
  if (algorithm === protector.jks) return openSunProtected(data, password, alias)
  if (algorithm === protector.jceks) return openTripleDes(parameters, data, password, alias, iterations)
  throw new KeyStoreProblem('unsupported', `the key '${alias}' is enciphered with ${algorithm}, which is not read`)
}

/** A secret key from the sealed object that stands in the store. */
export function openSealedKey(sealed: JavaObject, password: string, alias: string, iterations: Iterations): SecretKey {
  const parameters = sealed.fields.get('encodedParams')
  const content = sealed.fields.get('encryptedContent')
  if (!sealedClasses.includes(sealed.className) || !Buffer.isBuffer(parameters) || !Buffer.isBuffer(content))
    throw damaged(`the key '${alias}' is no sealed object`)
  const algorithm = sealed.fields.get('sealAlg')
  if (algorithm !== 'PBEWithMD5AndTripleDES')
    throw new KeyStoreProblem('unsupported', `the key '${alias}' is sealed with ${String(algorithm)}`)
  const plain = openTripleDes(new DerReader(parameters), content, password, alias, iterations)
  return orWrongPassword(wrongKeyPassword(alias), () => secretKeyOf(readJavaObject(new ByteReader(plain)), alias))
}

/** SecretKeySpec is what most keys are; KeyRep is what keys of the provider's own classes write in their place. */
function secretKeyOf(object: JavaObject, alias: string): SecretKey {
  const { className, fields } = object
  if (className !== 'javax.crypto.spec.SecretKeySpec' && className !== 'java.security.KeyRep')
    throw new KeyStoreProblem('unsupported', `the key '${alias}' is a ${className}, which is not read`)
  const algorithm = fields.get('algorithm')
  const bytes = fields.get(className === 'java.security.KeyRep' ? 'encoded' : 'key')
  if (typeof algorithm !== 'string' || !Buffer.isBuffer(bytes)) throw damaged(`the key '${alias}' is no key`)
  return { algorithm, bytes: Uint8Array.from(bytes) }
}

/**
 * 20 bytes of salt, the key XORed with a stream, the SHA-1 of password and key. The stream: SHA-1 of the password and
 * the salt, then of the password and the piece before.
 */
function openSunProtected(data: Buffer, password: string, alias: string): Buffer {
  const length = data.length - 2 * sha1Length
  if (length < 0) throw damaged(`the key '${alias}' is too short`)
  const secret = javaPassword(password)
  const key = Buffer.from(data.subarray(sha1Length, sha1Length + length))
  let piece = data.subarray(0, sha1Length)
  for (let start = 0; start < length; start += sha1Length) {
    piece = hash('sha1', Buffer.concat([secret, piece]), 'buffer')
    for (let index = 0; index < piece.length && start + index < length; index++)
      key[start + index] = key.readUInt8(start + index) ^ piece.readUInt8(index)
  }
  const digest = hash('sha1', Buffer.concat([secret, key]), 'buffer')
  if (!timingSafeEqual(digest, data.subarray(sha1Length + length))) throw wrongKeyPassword(alias)
  return key
}

/** @param parameters of the PBE: salt and rounds */
function openTripleDes(
  parameters: DerReader,
  data: Buffer,
  password: string,
  alias: string,
  iterations: Iterations,
): Buffer {
  const values = parameters.into()
  // A copy: it may be turned round.
  const salt = Buffer.from(values.octets())
  const rounds = iterations.spend(values.integer())
  if (salt.length !== 8) throw damaged(`the salt of the key '${alias}' has not 8 bytes`)
  const halves = [salt.subarray(0, 4), salt.subarray(4)] as const
  if (halves[0].equals(halves[1])) halves[0].reverse()
  // Java refuses passwords that are not ASCII here.
  const secret = Buffer.from(password, 'latin1')
  const derived = Buffer.concat(halves.map((half) => hashedAgain(half, secret, rounds)))
  return decipher('des-ede3-cbc', derived.subarray(0, 24), derived.subarray(24), data, wrongKeyPassword(alias))
}

/** MD5, whose result with the password behind it is the next one's input. */
function hashedAgain(salt: Buffer, password: Buffer, rounds: number): Buffer {
  const input = Buffer.concat([Buffer.alloc(16), password])
  hash('md5', Buffer.concat([salt, password]), 'buffer').copy(input)
  for (let round = 1; round < rounds; round++) hash('md5', input, 'buffer').copy(input)
  return input.subarray(0, 16)
}

/** A password as Java's own stores hash it: UTF-16, the high byte first. */
export function javaPassword(password: string): Buffer {
  return Buffer.from(password, 'utf16le').swap16()
}
