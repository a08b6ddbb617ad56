import type { Bytes } from '../../core/index.ts'
import { mostIterations } from './iterations.ts'
import { javaMagic, readJavaStore } from './java-store.ts'
import { KeyStoreProblem, named } from './key-store-error.ts'
import { readPkcs12 } from './pkcs12.ts'

export type KeyStoreType = 'JCEKS' | 'JKS' | 'PKCS12'

/** A key store of Java's, opened. Aliases are matched without case, as Java does. */
export interface KeyStore {
  readonly type: KeyStoreType
  /** In lower case, as Java keeps them. */
  aliases(): readonly string[]
  /** @param keyPassword that of the store unless said @throws KeyStoreError */
  secretKey(alias: string, keyPassword?: string): SecretKey
  /** @param keyPassword that of the store unless said @throws KeyStoreError */
  privateKey(alias: string, keyPassword?: string): PrivateKey
  /** Those that the store says to trust; those of private keys are in their chains. */
  certificates(): readonly TrustedCertificate[]
}

export interface SecretKey {
  /** As Java names it: `AES`, `HmacSHA256`; of an algorithm without a known name the object identifier. */
  readonly algorithm: string
  readonly bytes: Bytes
}

export interface PrivateKey {
  /** PKCS8. */
  readonly key: Encoded
  /** That of the key first, each issued by the next. */
  readonly chain: readonly Encoded[]
}

export interface TrustedCertificate extends Encoded {
  readonly alias: string
}

export interface Encoded {
  readonly der: Bytes
  readonly pem: string
}

export interface KeyStoreOptions {
  /** What errors call it, such as its path. */
  readonly name?: string
  /** Rounds of hashing the password that a store may ask for, 5,000,000 (as in Java) unless said. */
  readonly mostIterations?: number
}

/** What the reader of a format finds. */
export interface StoreContent {
  readonly type: KeyStoreType
  /** By alias in lower case. */
  readonly entries: ReadonlyMap<string, Entry>
}

export type Entry =
  | { readonly kind: 'secret key'; open(password: string): SecretKey }
  /** `open` gives PKCS8. */
  | { readonly kind: 'private key'; readonly chain: readonly Bytes[]; open(password: string): Bytes }
  | { readonly kind: 'certificate'; readonly certificate: Bytes }

/**
 * Reads a JCEKS, JKS or PKCS12 store; its content tells which. Keys are deciphered when they are asked for.
 * @throws KeyStoreError for a wrong password, a damaged store, or one that asks for too much
 */
export function readKeyStore(bytes: Bytes, password: string, options: KeyStoreOptions = {}): KeyStore {
  const { name = 'the key store', mostIterations: most = mostIterations } = options
  // A copy: the entries keep parts of it.
  const content = named(name, () => readContent(Buffer.from(bytes), password, most))
  return new OpenKeyStore(`${name} (${content.type})`, password, content)
}

function readContent(bytes: Buffer, password: string, most: number): StoreContent {
  const magic = bytes.length < 4 ? 0 : bytes.readUInt32BE(0)
  if (magic === javaMagic.jks || magic === javaMagic.jceks) return readJavaStore(bytes, password, most)
  if (bytes[0] === 0x30) return readPkcs12(bytes, password, most)
  throw new KeyStoreProblem('format', 'this is no key store: neither JCEKS nor JKS nor PKCS12')
}

class OpenKeyStore implements KeyStore {
  readonly #name: string
  readonly #password: string
  readonly #content: StoreContent

  constructor(name: string, password: string, content: StoreContent) {
    this.#name = name
    this.#password = password
    this.#content = content
  }

  get type(): KeyStoreType {
    return this.#content.type
  }

  aliases(): readonly string[] {
    return [...this.#content.entries.keys()]
  }

  secretKey(alias: string, keyPassword: string = this.#password): SecretKey {
    return named(this.#name, () => this.#entry(alias, 'secret key').open(keyPassword))
  }

  privateKey(alias: string, keyPassword: string = this.#password): PrivateKey {
    return named(this.#name, () => {
      const entry = this.#entry(alias, 'private key')
      const key = encoded(entry.open(keyPassword), 'PRIVATE KEY')
      return { key, chain: entry.chain.map((each) => encoded(each, 'CERTIFICATE')) }
    })
  }

  certificates(): readonly TrustedCertificate[] {
    return [...this.#content.entries].flatMap(([alias, entry]) =>
      entry.kind === 'certificate' ? [{ alias, ...encoded(entry.certificate, 'CERTIFICATE') }] : [],
    )
  }

  #entry<Kind extends Entry['kind']>(alias: string, kind: Kind): Extract<Entry, { kind: Kind }> {
    const entry = this.#content.entries.get(alias.toLowerCase())
    if (entry === undefined) {
      const known = this.aliases().map((each) => `'${each}'`)
      throw new KeyStoreProblem('missing', `it has no entry '${alias}', only ${known.join(', ') || 'none at all'}`)
    }
    if (entry.kind !== kind) throw new KeyStoreProblem('missing', `its entry '${alias}' is a ${entry.kind}, no ${kind}`)
    return entry as Extract<Entry, { kind: Kind }>
  }
}

function encoded(der: Bytes, label: string): Encoded {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return { der, pem: `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n` }
}
