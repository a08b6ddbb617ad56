import { readFile } from 'node:fs/promises'
import { type ConnectionOptions, createSecureContext, type SecureVersion } from 'node:tls'
import { field, type OptionsOf, type Section } from '../../component/kit.ts'
import { ComponentFailedError, messageOf } from '../../core/index.ts'
import { type KeyStore, readKeyStore } from '../../protocols/key-stores/key-store.ts'

const spoken: readonly SecureVersion[] = ['TLSv1.2', 'TLSv1.3']

/** TLS of a sink that connects, as Flume's clients are configured, and with PEM files. */
export const clientTlsFields = {
  ssl: field.boolean({ default: false, doc: 'Speaks TLS; nothing else of TLS has an effect without it.' }),
  'trust-all-certs': field.boolean({
    default: false,
    doc: 'Takes any certificate of the other side: whoever is between the two can read and change everything.',
  }),
  truststore: field.path({
    global: { property: 'javax.net.ssl.trustStore', variable: 'FLUME_SSL_TRUSTSTORE_PATH' },
    doc: 'Key store (JKS, JCEKS or PKCS12) with the certificates to trust. Without it and authorities: those of Node.',
  }),
  'truststore-password': field.secret({
    global: { property: 'javax.net.ssl.trustStorePassword', variable: 'FLUME_SSL_TRUSTSTORE_PASSWORD' },
    doc: 'Password of the trust store.',
  }),
  'truststore-type': field.string({
    doc: 'Type of the trust store.',
    ignored: 'the content of a key store tells its type',
  }),
  authorities: field.path({ doc: 'PEM file of the authorities to trust; instead of a trust store.' }),
  verifyHostname: field.boolean({
    defaultText: 'true without a truststore; Flume never compares',
    doc: "Compares the host name with that in the other side's certificate.",
  }),
  certificate: field.path({ doc: 'PEM file with the certificate to show, where the other side asks for one.' }),
  certificateKey: field.path({ doc: 'PEM file with the private key of the certificate.' }),
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
    doc: 'Cipher suites that are refused.',
    ignored: 'the other side chooses among those that Node has',
  }),
  'include-cipher-suites': field.list({
    doc: 'The only cipher suites that are used.',
    ignored: 'the other side chooses among those that Node has',
  }),
}

export type ClientTlsOptions = OptionsOf<typeof clientTlsFields>

/** What a connection is made with. */
export type ClientTls = Pick<ConnectionOptions, 'secureContext' | 'rejectUnauthorized' | 'checkServerIdentity'>

/** What no single field can see. */
export function checkClientTls(options: ClientTlsOptions, section: Section): void {
  if (!options.ssl) return
  const { certificate, certificateKey } = options
  if ((certificate === undefined) !== (certificateKey === undefined)) {
    section.error('certificate', 'certificate and certificateKey belong together', 'set both or none of them')
  }
  if (options['trust-all-certs']) {
    section.warning(
      'trust-all-certs',
      'any certificate is taken: whoever is between the two can read and change everything',
      'set truststore or authorities instead',
    )
  }
  if (protocolsOf(options).length === 0) {
    section.error('include-protocols', 'no protocol is left', 'leave TLSv1.2 or TLSv1.3 in')
  }
}

/** undefined: no TLS; what a connection needs is made once. @throws ComponentFailedError for a file that cannot be used */
export async function loadClientTls(options: ClientTlsOptions): Promise<ClientTls | undefined> {
  if (!options.ssl) return undefined
  const protocols = protocolsOf(options)
  const { certificate, certificateKey } = options
  try {
    const ca = await trusted(options)
    const secureContext = createSecureContext({
      ...(ca !== undefined && { ca }),
      ...(certificate !== undefined && { cert: await readFile(certificate) }),
      ...(certificateKey !== undefined && { key: await readFile(certificateKey) }),
      minVersion: protocols[0]!,
      maxVersion: protocols.at(-1)!,
    })
    const comparesName = options.verifyHostname ?? options.truststore === undefined
    return {
      secureContext,
      rejectUnauthorized: !options['trust-all-certs'],
      ...(!comparesName && { checkServerIdentity: () => undefined }),
    }
  } catch (cause) {
    throw new ComponentFailedError(`TLS cannot be set up: ${messageOf(cause)}`, { cause })
  }
}

async function trusted(options: ClientTlsOptions): Promise<Buffer | string[] | undefined> {
  const { authorities, truststore } = options
  if (authorities !== undefined) return readFile(authorities)
  if (truststore === undefined) return undefined
  const password = options['truststore-password']?.reveal() ?? ''
  const store = readKeyStore(await readFile(truststore), password, { name: truststore })
  const certificates = [...store.certificates().map(({ pem }) => pem), ...ownCertificates(store)]
  if (certificates.length === 0) throw new Error(`${truststore} has no certificate to trust`)
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

function protocolsOf(options: ClientTlsOptions): readonly SecureVersion[] {
  const included = options['include-protocols']
  const excluded = options['exclude-protocols']
  return spoken.filter((name) => (included.length === 0 || included.includes(name)) && !excluded.includes(name))
}
