import { X509Certificate } from 'node:crypto'
import type { Bytes } from '../../core/index.ts'
import { damaged } from './key-store-error.ts'

/** The same bytes, copied. @throws KeyStoreProblem when they are no certificate */
export function checkedCertificate(bytes: Bytes): Bytes {
  parseCertificate(bytes)
  return Uint8Array.from(bytes)
}

/**
 * The certificate with those that issued it, from the nearest on, as far as they are there.
 * @param others may hold the certificate itself
 */
export function chainOf(certificate: Bytes, others: readonly Bytes[]): readonly Bytes[] {
  const candidates = others.map((bytes) => ({ bytes, parsed: parseCertificate(bytes) }))
  const chain = [certificate]
  for (let current = parseCertificate(certificate); !current.checkIssued(current); ) {
    const issuer = candidates.find(({ parsed }) => current.checkIssued(parsed))
    if (issuer === undefined || chain.includes(issuer.bytes)) break
    chain.push(issuer.bytes)
    current = issuer.parsed
  }
  return chain
}

function parseCertificate(bytes: Bytes): X509Certificate {
  try {
    return new X509Certificate(bytes)
  } catch {
    throw damaged('it has a certificate that cannot be read')
  }
}
