import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type KeyStore, readKeyStore } from '../../protocols/key-stores/key-store.ts'

const begin = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/g
const whole = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[^-]*-----END \1-----/g

/** A PEM file of certificates, all of which can be read: OpenSSL takes nonsense for none. @throws Error */
export async function readAuthorities(path: string): Promise<string> {
  const text = await readFile(path, 'latin1')
  const certificates = text.match(whole) ?? []
  if (certificates.length === 0) throw new Error(`${path} has no certificate`)
  if (certificates.length !== text.match(begin)?.length) throw new Error(`${path} is cut off within a certificate`)
  for (const certificate of certificates) new X509Certificate(certificate)
  return text
}

/** The certificates that a key store of Java's says to trust, as PEM. @throws Error */
export async function readTrustStore(path: string, password: string): Promise<readonly string[]> {
  const store = readKeyStore(await readFile(path), password, { name: path })
  const certificates = [...store.certificates().map(({ pem }) => pem), ...ownCertificates(store)]
  if (certificates.length === 0) throw new Error(`${path} has no certificate to trust`)
  return certificates
}

/** As in Java, the certificates of the store's own keys are trusted too. */
function ownCertificates(store: KeyStore): readonly string[] {
  return store.aliases().flatMap((alias) => {
    try {
      return store
        .privateKey(alias)
        .chain.slice(0, 1)
        .map(({ pem }) => pem)
    } catch {
      return []
    }
  })
}
