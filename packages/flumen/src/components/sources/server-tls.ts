import { readFile } from 'node:fs/promises'
import { createSecureContext, DEFAULT_CIPHERS, getCiphers, type SecureVersion, type TlsOptions } from 'node:tls'
import { field, type OptionsOf, type Section } from '../../component/kit.ts'
import { ComponentFailedError, messageOf } from '../../core/index.ts'
import { readKeyStore } from '../../protocols/key-stores/key-store.ts'

/** TLS of a source that listens, as Flume's sources are configured, and with PEM files. */
export const serverTlsFields = {
  ssl: field.boolean({ default: false, doc: 'Speaks TLS; nothing else here has an effect without it.' }),
  keystore: field.path({
    global: { property: 'javax.net.ssl.keyStore', variable: 'FLUME_SSL_KEYSTORE_PATH' },
    doc: 'Key store (JKS, JCEKS or PKCS12) with the private key and its certificates.',
  }),
  'keystore-password': field.secret({
    global: { property: 'javax.net.ssl.keyStorePassword', variable: 'FLUME_SSL_KEYSTORE_PASSWORD' },
    doc: 'Password of the key store and of the key in it.',
  }),
  'keystore-type': field.string({
    doc: 'Type of the key store.',
    ignored: 'the content of a key store tells its type',
  }),
  certificate: field.path({
    doc: 'PEM file with the certificate and those that it was issued by; instead of a key store.',
  }),
  certificateKey: field.path({ doc: 'PEM file with the private key of the certificate.' }),
  clientAuthorities: field.path({
    doc: 'PEM file of authorities: a client must have a certificate from one of them. Unset: no client is asked.',
  }),
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
    doc: "Cipher suites, by Java's names, that are refused.",
  }),
  'include-cipher-suites': field.list({
    default: [],
    global: { property: 'flume.ssl.include.cipherSuites', variable: 'FLUME_SSL_INCLUDE_CIPHERSUITES' },
    doc: "The only cipher suites, by Java's names, that are used. Empty: all there are.",
  }),
}

export type ServerTlsOptions = OptionsOf<typeof serverTlsFields>

/** What no single field can see. */
export function checkServerTls(options: ServerTlsOptions, section: Section): void {
  if (!options.ssl) return
  const { keystore, certificate, certificateKey } = options
  if ((certificate === undefined) !== (certificateKey === undefined)) {
    section.error('certificate', 'certificate and certificateKey belong together', 'set both or none of them')
  }
  if (keystore === undefined && certificate === undefined) {
    section.missing('keystore', 'TLS needs a key store or a certificate', 'set keystore, or certificate and its key')
  }
  for (const name of options['include-cipher-suites']) {
    if (isSpoken(openSslName(name))) continue
    section.warning('include-cipher-suites', `${name} is a cipher suite that is not spoken here`, `remove ${name}`)
  }
  if (protocolsOf(options).length === 0) {
    const fix = 'leave TLSv1.2 or TLSv1.3 in, and a cipher suite of it'
    section.error('include-protocols', 'no protocol is left that has a cipher suite', fix)
  }
}

/**
 * What a TLS server is made of; undefined: no TLS.
 * @throws ComponentFailedError for a file that cannot be used, or where no cipher suite is left
 */
export async function loadServerTls(options: ServerTlsOptions): Promise<TlsOptions | undefined> {
  if (!options.ssl) return undefined
  const protocols = protocolsOf(options)
  try {
    const { clientAuthorities } = options
    const tls: TlsOptions = {
      ...(await identityOf(options)),
      ...(clientAuthorities !== undefined && {
        ca: await readFile(clientAuthorities),
        requestCert: true,
        rejectUnauthorized: true,
      }),
      minVersion: protocols[0]!,
      maxVersion: protocols.at(-1)!,
      ciphers: suitesOf(options).join(':'),
    }
    // What is wrong with a key or a certificate comes out here.
    createSecureContext(tls)
    return tls
  } catch (cause) {
    throw new ComponentFailedError(`TLS cannot be set up: ${messageOf(cause)}`, { cause })
  }
}

async function identityOf(options: ServerTlsOptions): Promise<Pick<TlsOptions, 'key' | 'cert'>> {
  const { certificate, certificateKey } = options
  if (certificate !== undefined && certificateKey !== undefined) {
    return { cert: await readFile(certificate), key: await readFile(certificateKey) }
  }
  const path = options.keystore ?? ''
  const password = options['keystore-password']?.reveal() ?? ''
  const store = readKeyStore(await readFile(path), password, { name: path })
  let failure: unknown = new Error(`${path} has no private key`)
  for (const alias of store.aliases()) {
    try {
      const { key, chain } = store.privateKey(alias)
      return { key: key.pem, cert: chain.map(({ pem }) => pem).join('\n') }
    } catch (error) {
      failure = error
    }
  }
  throw failure
}

/** Those that are allowed and have a cipher suite: Node takes no suite of TLS 1.3 for all of them. */
function protocolsOf(options: ServerTlsOptions): readonly SecureVersion[] {
  const included = options['include-protocols']
  const excluded = options['exclude-protocols']
  const suites = suitesOf(options)
  const all: SecureVersion[] = []
  if (suites.some((name) => !isOfTls13(name) && !name.startsWith('!'))) all.push('TLSv1.2')
  if (suites.some(isOfTls13)) all.push('TLSv1.3')
  return all.filter((name) => (included.length === 0 || included.includes(name)) && !excluded.includes(name))
}

/** By the names of OpenSSL; those that must not come in through a group of them have a `!` before them. */
function suitesOf(options: ServerTlsOptions): readonly string[] {
  const written = options['include-cipher-suites']
  const included = written.map(openSslName).filter(isSpoken)
  const excluded = options['exclude-cipher-suites'].map(openSslName)
  const all = written.length > 0 ? included : DEFAULT_CIPHERS.split(':')
  const left = all.filter((name) => !excluded.includes(name))
  return [...left, ...excluded.filter((name) => !isOfTls13(name)).map((name) => `!${name}`)]
}

function isOfTls13(suite: string): boolean {
  return suite.startsWith('TLS_AES_') || suite.startsWith('TLS_CHACHA20_')
}

function isSpoken(suite: string): boolean {
  return getCiphers().includes(suite.toLowerCase())
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` is `ECDHE-RSA-AES128-GCM-SHA256` there; those of TLS 1.3 have one name. */
function openSslName(java: string): string {
  const [, exchange, cipher] = /^(?:TLS|SSL)_(\w+?)_WITH_(\w+)$/.exec(java) ?? []
  if (exchange === undefined || cipher === undefined) return java
  const name = cipher
    .replace(/AES_(\d+)_/, 'AES$1_')
    .replace('_CBC_SHA', '_SHA')
    .replace('CHACHA20_POLY1305_SHA256', 'CHACHA20_POLY1305')
  return (exchange === 'RSA' ? name : `${exchange}_${name}`).replaceAll('_', '-')
}
