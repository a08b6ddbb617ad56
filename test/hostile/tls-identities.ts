import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { makeCertificates, missingOpenSsl, openssl } from '../../packages/flumen/src/testing/certificates.ts'

/** Of a file of tests; what a side of TLS shows of itself. `ours` is the authority that both sides trust. */
export interface Identities {
  /** undefined where openssl is missing and its absence is allowed. */
  readonly skip: string | false
  file(name: string): string
  /** For Node's own TLS. */
  pem(name: Identity): { readonly cert: Buffer; readonly key: Buffer }
}

/** `self` has signed itself, `stranger` another authority, `elsewhere` is for another host and address. */
export type Identity = 'localhost' | 'expired' | 'future' | 'self' | 'stranger' | 'elsewhere'

export function makeIdentities(): Identities {
  const directory = mkdtempSync(join(tmpdir(), 'flumen-hostile-tls-'))
  after(() => rmSync(directory, { recursive: true }))
  const file = (name: string): string => join(directory, name)
  const missing = missingOpenSsl()
  if (missing === undefined) {
    makeCertificates(directory, 'ours', 'localhost')
    makeCertificates(directory, 'theirs', 'stranger')
    makeSelfSigned(directory)
    signed(directory, 'elsewhere', 'DNS:elsewhere.example', {})
    signed(directory, 'expired', 'DNS:localhost,IP:127.0.0.1', { from: '20200101000000Z', to: '20200102000000Z' })
    signed(directory, 'future', 'DNS:localhost,IP:127.0.0.1', { from: '20900101000000Z', to: '20910101000000Z' })
  }
  return {
    skip: process.env.FLUMEN_NO_SKIP === '1' ? false : (missing ?? false),
    file,
    pem: (name) => ({ cert: readFileSync(file(`${name}.pem`)), key: readFileSync(file(`${name}.key`)) }),
  }
}

const freshKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

function makeSelfSigned(directory: string): void {
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  openssl(directory, 'req', '-x509', ...freshKey, '-days', '2', ...names, '-keyout', 'self.key', '-out', 'self.pem')
}

/** By `ours`. Only the command `ca` takes dates in the past. */
function signed(
  directory: string,
  name: string,
  names: string,
  dates: { readonly from?: string; readonly to?: string },
): void {
  const write = (file: string, text: string): void => writeFileSync(join(directory, file), text)
  write('index.txt', '')
  write('serial', `7${name.length}`)
  write(
    'ca.cnf',
    '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n' +
      `default_days=2\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=${names}\n`,
  )
  openssl(directory, 'req', ...freshKey, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`)
  const within = dates.from && dates.to ? ['-startdate', dates.from, '-enddate', dates.to] : []
  const by = ['-cert', 'ours.pem', '-keyfile', 'ours.key', '-notext']
  openssl(directory, 'ca', '-batch', '-config', 'ca.cnf', '-in', `${name}.csr`, ...by, ...within, '-out', `${name}.pem`)
}
