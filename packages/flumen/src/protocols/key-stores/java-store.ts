import { hash, timingSafeEqual } from 'node:crypto'
import type { Bytes } from '../../core/index.ts'
import { ByteReader } from './byte-reader.ts'
import { checkedCertificate } from './certificate.ts'
import { Iterations } from './iterations.ts'
import { readJavaObject } from './java-object.ts'
import { javaPassword, openPrivateKey, openSealedKey } from './java-protection.ts'
import type { Entry, StoreContent } from './key-store.ts'
import { damaged, KeyStoreProblem } from './key-store-error.ts'

/**
 * JKS and JCEKS, Java's own stores: magic, version and count of 4 bytes each, the entries, and the SHA-1 of the
 * password, a fixed text and all that stands before. An entry is its kind, its alias, its date and its content.
 */
export const javaMagic = { jks: 0xfeedfeed, jceks: 0xcececece } as const
const digestLength = 20
const whitener = 'Mighty Aphrodite'
const kind = { privateKey: 1, certificate: 2, secretKey: 3 } as const

export function readJavaStore(bytes: Buffer, password: string, most: number): StoreContent {
  if (bytes.length < 12 + digestLength) throw damaged('it is too short')
  const body = bytes.subarray(0, -digestLength)
  const digest = hash('sha1', Buffer.concat([javaPassword(password), Buffer.from(whitener), body]), 'buffer')
  if (!timingSafeEqual(digest, bytes.subarray(-digestLength)))
    throw new KeyStoreProblem('password', 'the password of the key store is wrong, or the store is damaged')
  const reader = new ByteReader(body)
  const type = reader.int() === javaMagic.jceks ? 'JCEKS' : 'JKS'
  const version = reader.int()
  if (version !== 1 && version !== 2) throw new KeyStoreProblem('unsupported', `it has the version ${version}`)
  const entries = new Map<string, Entry>()
  for (let count = reader.int(); count > 0; count--) {
    const tag = reader.int()
    const alias = reader.text().toLowerCase()
    // When it was made, in ms.
    reader.take(8)
    entries.set(alias, readEntry(tag, alias, reader, version, most))
  }
  if (!reader.atEnd) throw damaged('something stands behind its entries')
  return { type, entries }
}

function readEntry(tag: number, alias: string, reader: ByteReader, version: number, most: number): Entry {
  switch (tag) {
    case kind.privateKey: {
      const protectedKey = reader.block()
      const chain: Bytes[] = []
      for (let count = reader.int(); count > 0; count--) chain.push(readCertificate(reader, version))
      return {
        kind: 'private key',
        chain,
        open: (password) => openPrivateKey(protectedKey, password, alias, new Iterations(most)),
      }
    }
    case kind.certificate:
      return { kind: 'certificate', certificate: readCertificate(reader, version) }
    case kind.secretKey: {
      const sealed = readJavaObject(reader)
      return {
        kind: 'secret key',
        open: (password) => openSealedKey(sealed, password, alias, new Iterations(most)),
      }
    }
    default:
      throw damaged(`it has an entry of the unknown kind ${tag}`)
  }
}

/** From version 2 on its type stands before it. */
function readCertificate(reader: ByteReader, version: number): Bytes {
  const type = version === 1 ? 'X.509' : reader.text()
  if (type !== 'X.509' && type !== 'X509')
    throw new KeyStoreProblem('unsupported', `certificates of type ${type} are not read`)
  return checkedCertificate(reader.block())
}
