import { readFile } from 'node:fs/promises'
import { DEFAULT_CIPHERS, type SecureVersion, type TlsOptions } from 'node:tls'
import { field, type OptionsOf, type Section } from '../../component/kit.ts'
import { ComponentFailedError, messageOf } from '../../core/index.ts'
import { readKeyStore } from '../../protocols/key-stores/key-store.ts'

/** TLS of a source that listens, as Flume's sources are configured, and with PEM files. */
export const serverTlsFields = {
  ssl: field.boolean({ default: false, doc: 'Speaks TLS; nothing else here has an effect without it.' }),
  keystore: field.path({
    defaultText: 'FLUME_SSL_KEYSTORE_PATH of the environment',
    doc: 'Key store (JKS, JCEKS or PKCS12) with the private key and its certificates.',
  }),
  'keystore-password': field.secret({
    defaultText: 'FLUME_SSL_KEYSTORE_PASSWORD of the environment',
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
    doc: 'Protocols that are refused; of those that there are here, TLSv1.2 and TLSv1.3.',
  }),
  'include-protocols': field.list({ default: [], doc: 'The only protocols that are spoken. Empty: all there are.' }),
  'exclude-cipher-suites': field.list({ default: [], doc: "Cipher suites, by Java's names, that are refused." }),
  'include-cipher-suites': field.list({
    default: [],
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
  if (keystore === undefined && certificate === undefined && !process.env.FLUME_SSL_KEYSTORE_PATH) {
    section.missing('keystore', 'TLS needs a key store or a certificate', 'set keystore, or certificate and its key')
  }
  if (protocolsOf(options).length === 0) {
    section.error('include-protocols', 'no protocol is left', 'leave TLSv1.2 or TLSv1.3 in')
  }
}

/** What a TLS server is made of; undefined: no TLS. @throws ComponentFailedError for a file that cannot be used */
export async function loadServerTls(options: ServerTlsOptions): Promise<TlsOptions | undefined> {
  if (!options.ssl) return undefined
  const protocols = protocolsOf(options)
  try {
    const { clientAuthorities } = options
    return {
      ...(await identityOf(options)),
      ...(clientAuthorities !== undefined && {
        ca: await readFile(clientAuthorities),
        requestCert: true,
        rejectUnauthorized: true,
      }),
      minVersion: protocols[0]!,
      maxVersion: protocols.at(-1)!,
      ciphers: ciphersOf(options),
    }
  } catch (cause) {
    throw new ComponentFailedError(`TLS cannot be set up: ${messageOf(cause)}`, { cause })
  }
}

async function identityOf(options: ServerTlsOptions): Promise<Pick<TlsOptions, 'key' | 'cert'>> {
  const { certificate, certificateKey } = options
  if (certificate !== undefined && certificateKey !== undefined) {
    return { cert: await readFile(certificate), key: await readFile(certificateKey) }
  }
  const path = options.keystore ?? process.env.FLUME_SSL_KEYSTORE_PATH ?? ''
  const password = options['keystore-password']?.reveal() ?? process.env.FLUME_SSL_KEYSTORE_PASSWORD ?? ''
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

function protocolsOf(options: ServerTlsOptions): readonly SecureVersion[] {
  const included = chosen(options['include-protocols'], process.env.FLUME_SSL_INCLUDE_PROTOCOLS)
  const excluded = chosen(options['exclude-protocols'], process.env.FLUME_SSL_EXCLUDE_PROTOCOLS)
  const all: readonly SecureVersion[] = ['TLSv1.2', 'TLSv1.3']
  return all.filter((name) => (included.length === 0 || included.includes(name)) && !excluded.includes(name))
}

function ciphersOf(options: ServerTlsOptions): string {
  const included = chosen(options['include-cipher-suites'], process.env.FLUME_SSL_INCLUDE_CIPHERSUITES).map(openSslName)
  const excluded = chosen(options['exclude-cipher-suites'], process.env.FLUME_SSL_EXCLUDE_CIPHERSUITES).map(openSslName)
  const all = included.length > 0 ? included : DEFAULT_CIPHERS.split(':')
  return [...all.filter((name) => !excluded.includes(name)), ...excluded.map((name) => `!${name}`)].join(':')
}

/** A component's list, or else that of the environment, which has commas. */
function chosen(list: readonly string[], global: string | undefined): readonly string[] {
  return list.length > 0 || !global ? list : global.split(/[\s,]+/)
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
