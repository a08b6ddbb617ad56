import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'

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
