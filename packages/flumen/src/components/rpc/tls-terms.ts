import { DEFAULT_CIPHERS, getCiphers, type SecureContextOptions, type SecureVersion } from 'node:tls'
import { field, type OptionsOf, type Section } from '../../component/kit.ts'

/** What either side of TLS agrees to, as Flume is told. */
export const tlsTermsFields = {
  'exclude-protocols': field.list({
    default: ['SSLv3'],
    global: { property: 'flume.ssl.exclude.protocols', variable: 'FLUME_SSL_EXCLUDE_PROTOCOLS' },
    doc: 'Protocols that are refused; of those that there are here, TLSv1.2 and TLSv1.3.',
  }),
  'include-protocols': field.list({
    default: [],
    global: { property: 'flume.ssl.include.protocols', variable: 'FLUME_SSL_INCLUDE_PROTOCOLS' },
    doc: 'The only protocols that are spoken. Empty: all there are.',
  }),
  'exclude-cipher-suites': field.list({
    default: [],
    global: { property: 'flume.ssl.exclude.cipherSuites', variable: 'FLUME_SSL_EXCLUDE_CIPHERSUITES' },
    doc: "Cipher suites, by Java's names or OpenSSL's, that are refused.",
  }),
  'include-cipher-suites': field.list({
    default: [],
    global: { property: 'flume.ssl.include.cipherSuites', variable: 'FLUME_SSL_INCLUDE_CIPHERSUITES' },
    doc: "The only cipher suites, by Java's names or OpenSSL's, that are used. Empty: all there are.",
  }),
}

export type TlsTerms = OptionsOf<typeof tlsTermsFields>

/** What no single field can see. */
export function checkTlsTerms(terms: TlsTerms, section: Section): void {
  for (const key of ['include-cipher-suites', 'exclude-cipher-suites'] as const) {
    for (const name of terms[key]) checkSuite(name, key, section)
  }
  if (protocolsOf(terms).length === 0) {
    const fix = 'leave TLSv1.2 or TLSv1.3 in, and a cipher suite of it'
    section.error('include-protocols', 'no protocol is left that has a cipher suite', fix)
  }
}

function checkSuite(name: string, key: 'include-cipher-suites' | 'exclude-cipher-suites', section: Section): void {
  if (signals.has(name) || isSpoken(openSslName(name))) return
  if (!isJavaName(name)) {
    const fix = "write a name of Java's, such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, or of OpenSSL's"
    section.error(key, `there is no cipher suite "${name.slice(0, 80)}"`, fix)
  } else if (key === 'include-cipher-suites') {
    section.warning(key, `${name} is a cipher suite that is not spoken here`, `remove ${name}`)
  }
}

/** For the context of a connection, after the check. */
export function contextTermsOf(terms: TlsTerms): Pick<SecureContextOptions, 'minVersion' | 'maxVersion' | 'ciphers'> {
  const protocols = protocolsOf(terms)
  return {
    ...(protocols[0] !== undefined && { minVersion: protocols[0] }),
    ...(protocols.at(-1) !== undefined && { maxVersion: protocols.at(-1) }),
    ciphers: suitesOf(terms).join(':'),
  }
}

/** Those that are allowed and have a cipher suite: Node takes no suite of TLS 1.3 for all of them. */
function protocolsOf(terms: TlsTerms): readonly SecureVersion[] {
  const included = terms['include-protocols']
  const excluded = terms['exclude-protocols']
  const suites = suitesOf(terms)
  const all: SecureVersion[] = []
  if (suites.some((name) => !isOfTls13(name) && !name.startsWith('!'))) all.push('TLSv1.2')
  if (suites.some(isOfTls13)) all.push('TLSv1.3')
  return all.filter((name) => (included.length === 0 || included.includes(name)) && !excluded.includes(name))
}

/** By the names of OpenSSL; those that must not come in through a group of them have a `!` before them. */
function suitesOf(terms: TlsTerms): readonly string[] {
  const written = terms['include-cipher-suites']
  const included = written.map(openSslName).filter(isSpoken)
  const excluded = terms['exclude-cipher-suites'].map(openSslName)
  const all = written.length > 0 ? included : DEFAULT_CIPHERS.split(':')
  const left = all.filter((name) => !excluded.includes(name))
  return [...left, ...excluded.filter((name) => !isOfTls13(name)).map((name) => `!${name}`)]
}

function isOfTls13(suite: string): boolean {
  return suite.startsWith('TLS_AES_') || suite.startsWith('TLS_CHACHA20_')
}

const spoken = new Set(getCiphers())

function isSpoken(suite: string): boolean {
  return spoken.has(suite.toLowerCase())
}

/** Names in Java's lists that are no suites. */
const signals: ReadonlySet<string> = new Set(['TLS_EMPTY_RENEGOTIATION_INFO_SCSV', 'TLS_FALLBACK_SCSV'])

/** Those of Java; its suites of TLS 1.3 are all spoken here but for AES_128_CCM. */
const exchanges =
  'RSA|DH_RSA|DH_DSS|DHE_RSA|DHE_DSS|DH_anon|ECDH_RSA|ECDH_ECDSA|ECDHE_RSA|ECDHE_ECDSA|ECDH_anon|KRB5|' +
  'RSA_EXPORT|RSA_EXPORT1024|RSA_FIPS|DHE_RSA_EXPORT|DHE_DSS_EXPORT|DHE_DSS_EXPORT1024|DH_anon_EXPORT|KRB5_EXPORT'
const ciphers =
  'NULL|RC4_40|RC4_56|RC4_128|RC2_CBC_40|DES_CBC|DES_CBC_40|DES40_CBC|3DES_EDE_CBC|IDEA_CBC|' +
  'AES_128_CBC|AES_256_CBC|AES_128_GCM|AES_256_GCM|CHACHA20_POLY1305'
const hashed = `(?:${ciphers})_(?:MD5|SHA|SHA256|SHA384)`
const javaName = new RegExp(
  `^(?:TLS|SSL)_(?:(?:${exchanges})_WITH_)?(?:${hashed}|AES_(?:128|256)_CCM(?:_8)?(?:_SHA256)?)$`,
)

function isJavaName(name: string): boolean {
  return javaName.test(name)
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` is `ECDHE-RSA-AES128-GCM-SHA256` there; those of TLS 1.3 have one name. */
function openSslName(name: string): string {
  const [, exchange, cipher] = /^(?:TLS|SSL)_(\w+?)_WITH_(\w+)$/.exec(name) ?? []
  if (exchange === undefined || cipher === undefined) return name
  const suite = cipher
    .replace(/AES_(\d+)_/, 'AES$1_')
    .replace('_CBC_SHA', '_SHA')
    .replace('CHACHA20_POLY1305_SHA256', 'CHACHA20_POLY1305')
  return (exchange === 'RSA' ? suite : `${exchange}_${suite}`).replaceAll('_', '-')
}
