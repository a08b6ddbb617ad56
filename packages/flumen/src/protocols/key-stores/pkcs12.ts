import type { Bytes } from '../../core/index.ts'
import { chainOf, checkedCertificate } from './certificate.ts'
import { wrongKeyPassword } from './decipher.ts'
import { DerReader, octetsOf, tags } from './der.ts'
import { Iterations } from './iterations.ts'
import type { Entry, SecretKey, StoreContent } from './key-store.ts'
import { KeyStoreProblem, orWrongPassword } from './key-store-error.ts'
import { type Bag, type KeyBag, readBags } from './pkcs12-bags.ts'
import { isMacRight, openProtected, type Password, passwordForms } from './pkcs12-protection.ts'
import { readEncryptedPrivateKeyInfo, readPrivateKeyInfo } from './private-key-info.ts'

/**
 * PKCS12 (RFC 7292): a list of contents, each in the clear or enciphered, each a list of bags; then a MAC over the
 * list. Entries, aliases and chains come out as in Java.
 */
const contentType = { data: '1.2.840.113549.1.7.1', encryptedData: '1.2.840.113549.1.7.6' } as const

const secretAlgorithms: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.1': 'AES',
  '1.2.840.113549.2.7': 'HmacSHA1',
  '1.2.840.113549.2.8': 'HmacSHA224',
  '1.2.840.113549.2.9': 'HmacSHA256',
  '1.2.840.113549.2.10': 'HmacSHA384',
  '1.2.840.113549.2.11': 'HmacSHA512',
  '1.2.840.113549.3.4': 'ARCFOUR',
  '1.2.840.113549.3.7': 'DESede',
  '1.3.14.3.2.7': 'DES',
  '1.3.14.3.2.17': 'DESede',
}

export function readPkcs12(bytes: Buffer, password: string, most: number): StoreContent {
  const iterations = new Iterations(most)
  const store = new DerReader(bytes).into()
  const version = store.integer()
  if (version !== 3) throw new KeyStoreProblem('unsupported', `this is a PKCS12 file of version ${version}`)
  const authenticated = store.into()
  const type = authenticated.oid()
  if (type !== contentType.data) throw new KeyStoreProblem('unsupported', 'it is signed with a public key')
  const content = authenticated.into(tags.explicit0).octets()
  const form = checkedForm(store, content, password, iterations)
  const bags: Bag[] = []
  const contents = new DerReader(content).into()
  while (!contents.atEnd) bags.push(...readContent(contents.into(), form, iterations))
  return { type: 'PKCS12', entries: entriesOf(bags, most) }
}

/** The form of the password that the MAC proves right. A store without a MAC shows what is wrong when it is deciphered. */
function checkedForm(store: DerReader, content: Buffer, password: string, iterations: Iterations): readonly Password[] {
  const forms = passwordForms(password)
  if (store.atEnd) return forms
  const macData = store.next(tags.sequence).content
  const form = forms.find((each) => isMacRight(new DerReader(macData), content, each, iterations))
  if (form === undefined) throw wrongStorePassword()
  return [form]
}

/** One ContentInfo. */
function readContent(info: DerReader, forms: readonly Password[], iterations: Iterations): readonly Bag[] {
  const type = info.oid()
  const content = info.into(tags.explicit0)
  if (type === contentType.data) return readBags(content.octets())
  if (type !== contentType.encryptedData)
    throw new KeyStoreProblem('unsupported', `it has a content that is not read: ${type}`)
  const enciphered = content.into()
  enciphered.integer()
  const inner = enciphered.into()
  inner.oid()
  const identifier = inner.next(tags.sequence).content
  // An octet string under the tag [0], in one piece or in many.
  const data = octetsOf(inner.any(), 0x80)
  return withForms(forms, wrongStorePassword(), (form, problem) => {
    const parameters = new DerReader(identifier)
    return readBags(openProtected(parameters.oid(), parameters, data, form, iterations, problem))
  })
}

/** Java's rules for who is an entry, what its alias is, and which certificate belongs to which key. */
function entriesOf(bags: readonly Bag[], most: number): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>()
  const certificates = bags.filter((bag) => bag.kind === 'certificate')
  const all = certificates.map((bag) => checkedCertificate(bag.certificate))
  const privateKeys = bags.filter((bag) => bag.kind === 'private key')
  let unnamed = 0
  for (const bag of bags) {
    if (bag.kind === 'certificate' && !bag.isTrusted) continue
    const alias = (bag.alias ?? String(++unnamed)).toLowerCase()
    if (bag.kind === 'certificate') {
      entries.set(alias, { kind: 'certificate', certificate: Uint8Array.from(bag.certificate) })
    } else if (bag.kind === 'secret key') {
      entries.set(alias, { kind: 'secret key', open: (password) => openSecretKey(bag, password, alias, most) })
    } else {
      const own = certificateOf(bag, certificates, privateKeys.length === 1)
      const certificate = own && all[certificates.indexOf(own)]
      const chain = certificate === undefined ? [] : chainOf(certificate, all)
      entries.set(alias, {
        kind: 'private key',
        chain,
        open: (password) => Uint8Array.from(openKey(bag, password, alias, most)),
      })
    }
  }
  return entries
}

type CertificateBag = Extract<Bag, { readonly kind: 'certificate' }>

/** By local key id, best with the same alias; then by alias; the only key without an id has the first certificate. */
function certificateOf(key: KeyBag, all: readonly CertificateBag[], isOnly: boolean): CertificateBag | undefined {
  const own = all.filter((bag) => !bag.isTrusted)
  const { keyId, alias } = key
  if (keyId === undefined && isOnly) return own.find((bag) => bag.keyId === undefined)
  const same = own.filter((bag) => keyId !== undefined && bag.keyId?.equals(keyId))
  const hasAlias = (bag: CertificateBag): boolean =>
    alias !== undefined && bag.alias?.toLowerCase() === alias.toLowerCase()
  return same.find(hasAlias) ?? same.at(-1) ?? own.findLast(hasAlias)
}

function openSecretKey(bag: KeyBag, password: string, alias: string, most: number): SecretKey {
  const { algorithm, key } = readPrivateKeyInfo(openKey(bag, password, alias, most))
  return { algorithm: secretAlgorithms[algorithm] ?? algorithm, bytes: Uint8Array.from(key) }
}

/** A PrivateKeyInfo. */
function openKey(bag: KeyBag, password: string, alias: string, most: number): Bytes {
  if (!bag.isEnciphered) return bag.content
  const iterations = new Iterations(most)
  return withForms(passwordForms(password), wrongKeyPassword(alias), (form, problem) => {
    const { algorithm, parameters, data } = readEncryptedPrivateKeyInfo(bag.content)
    const plain = openProtected(algorithm, parameters, data, form, iterations, problem)
    readPrivateKeyInfo(plain)
    return plain
  })
}

/** The first form of the password that leads to something. @throws `problem` when none does */
function withForms<T>(
  forms: readonly Password[],
  problem: KeyStoreProblem,
  work: (form: Password, problem: KeyStoreProblem) => T,
): T {
  for (const form of forms) {
    try {
      return orWrongPassword(problem, () => work(form, problem))
    } catch (error) {
      if (error !== problem) throw error
    }
  }
  throw problem
}

function wrongStorePassword(): KeyStoreProblem {
  return new KeyStoreProblem('password', 'the password of the key store is wrong, or the store is damaged')
}
