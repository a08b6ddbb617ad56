import { DerReader, octetsOf, tags } from './der.ts'
import { damaged, KeyStoreProblem } from './key-store-error.ts'

/** One SafeBag of a PKCS12 store (RFC 7292, section 4.2). */
export type Bag = KeyBag | CertificateBag

export interface KeyBag extends Attributes {
  readonly kind: 'private key' | 'secret key'
  /** Else `content` is the PrivateKeyInfo itself. */
  readonly isEnciphered: boolean
  readonly content: Buffer
}

export interface CertificateBag extends Attributes {
  readonly kind: 'certificate'
  readonly certificate: Buffer
}

interface Attributes {
  readonly alias: string | undefined
  readonly keyId: Buffer | undefined
  /** Java's own mark of certificates to trust. */
  readonly isTrusted: boolean
}

const bagType = {
  key: '1.2.840.113549.1.12.10.1.1',
  shroudedKey: '1.2.840.113549.1.12.10.1.2',
  certificate: '1.2.840.113549.1.12.10.1.3',
  secret: '1.2.840.113549.1.12.10.1.5',
} as const
const attributeType = {
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  trustedKeyUsage: '2.16.840.1.113894.746875.1.1',
} as const
const x509Certificate = '1.2.840.113549.1.9.22.1'

/** All bags of a SafeContents; kinds that Java does not read are left out. */
export function readBags(bytes: Buffer): readonly Bag[] {
  const reader = new DerReader(bytes).into()
  const bags: Bag[] = []
  while (!reader.atEnd) {
    const bag = readBag(reader.into())
    if (bag !== undefined) bags.push(bag)
  }
  return bags
}

function readBag(reader: DerReader): Bag | undefined {
  const type = reader.oid()
  const value = reader.into(tags.explicit0)
  const attributes = readAttributes(reader)
  switch (type) {
    case bagType.key:
      return { kind: 'private key', isEnciphered: false, content: value.any().whole, ...attributes }
    case bagType.shroudedKey:
      return { kind: 'private key', isEnciphered: true, content: value.any().whole, ...attributes }
    case bagType.certificate:
      return { kind: 'certificate', certificate: readTyped(value, x509Certificate), ...attributes }
    case bagType.secret:
      // Java's own use of it: an EncryptedPrivateKeyInfo in octets.
      return { kind: 'secret key', isEnciphered: true, content: readTyped(value, bagType.shroudedKey), ...attributes }
    default:
      return undefined
  }
}

/** A sequence of a type and octets under `[0]`. */
function readTyped(value: DerReader, type: string): Buffer {
  const typed = value.into()
  const found = typed.oid()
  if (found !== type) throw new KeyStoreProblem('unsupported', `it has an entry of a type that is not read: ${found}`)
  return typed.into(tags.explicit0).octets()
}

function readAttributes(reader: DerReader): Attributes {
  let alias: string | undefined
  let keyId: Buffer | undefined
  let isTrusted = false
  const set = reader.optional(tags.set)
  const attributes = new DerReader(set?.content ?? Buffer.alloc(0))
  while (!attributes.atEnd) {
    const attribute = attributes.into()
    const type = attribute.oid()
    const values = attribute.into(tags.set)
    if (type === attributeType.friendlyName) alias = bmpText(values.next(tags.bmpString).content)
    else if (type === attributeType.localKeyId) keyId = octetsOf(values.any(), tags.octets)
    else if (type === attributeType.trustedKeyUsage) isTrusted = true
  }
  return { alias, keyId, isTrusted }
}

function bmpText(bytes: Buffer): string {
  if (bytes.length % 2 !== 0) throw damaged('an alias has half a character')
  return Buffer.from(bytes).swap16().toString('utf16le')
}
