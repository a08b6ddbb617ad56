import { type ConnectionOptions, createSecureContext } from 'node:tls'
import { field, type OptionsOf, type Section } from '../../component/kit.ts'
import { ComponentFailedError, messageOf } from '../../core/index.ts'
import { FromFiles } from '../../net/from-files.ts'
import { readAuthorities, readTrustStore } from './authorities.ts'
import { checkIdentity, filesOfIdentity, readIdentity } from './identity.ts'
import { checkTlsTerms, contextTermsOf, tlsTermsFields } from './tls-terms.ts'
import { checkReplaced, checkWithoutTls } from './without-tls.ts'

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
  keystore: field.path({
    doc: 'Key store (JKS, JCEKS or PKCS12) with the private key and the certificate to show; instead of PEM files.',
  }),
  'keystore-password': field.secret({ doc: 'Password of the key store and of the key in it.' }),
  ...tlsTermsFields,
}

export type ClientTlsOptions = OptionsOf<typeof clientTlsFields>

/** What a connection is made with. */
export type ClientTls = Pick<ConnectionOptions, 'secureContext' | 'rejectUnauthorized' | 'checkServerIdentity'>

const { ssl: _, ...fieldsOfTls } = clientTlsFields

/** What no single field can see. @param fix how TLS is switched on */
export function checkClientTls(
  options: ClientTlsOptions,
  section: Section,
  fix = `set ${section.key('ssl')} = true`,
): void {
  if (!options.ssl) {
    checkWithoutTls(Object.keys(fieldsOfTls), section, fix)
    return
  }
  checkIdentity(options, section)
  if (options['trust-all-certs']) {
    section.warning(
      'trust-all-certs',
      'any certificate is taken: whoever is between the two can read and change everything',
      'set truststore or authorities instead',
    )
  }
  checkReplaced('truststore', 'authorities', section)
  checkReplaced('keystore', 'certificate', section)
  checkTlsTerms(options, section)
}

/** undefined: no TLS; what a connection needs is made once. @throws ComponentFailedError for a file that cannot be used */
export async function loadClientTls(options: ClientTlsOptions): Promise<ClientTls | undefined> {
  return (await watchClientTls(options))?.value
}

/**
 * The same, made anew when one of its files has changed: to be looked at before each connection.
 * @throws ComponentFailedError for a file that cannot be used
 */
export async function watchClientTls(options: ClientTlsOptions): Promise<FromFiles<ClientTls> | undefined> {
  if (!options.ssl) return undefined
  const trust = options.authorities ?? options.truststore
  const paths = [trust, ...filesOfIdentity(options)].filter((path) => path !== undefined)
  try {
    return await FromFiles.load(paths, () => read(options))
  } catch (cause) {
    throw new ComponentFailedError(`TLS cannot be set up: ${messageOf(cause)}`, { cause })
  }
}

async function read(options: ClientTlsOptions): Promise<ClientTls> {
  const ca = await trusted(options)
  const secureContext = createSecureContext({
    ...(ca !== undefined && { ca }),
    ...(await readIdentity(options)),
    ...contextTermsOf(options),
  })
  const comparesName = options.verifyHostname ?? options.truststore === undefined
  return {
    secureContext,
    rejectUnauthorized: !options['trust-all-certs'],
    ...(!comparesName && { checkServerIdentity: () => undefined }),
  }
}

async function trusted(options: ClientTlsOptions): Promise<string | string[] | undefined> {
  const { authorities, truststore } = options
  if (authorities !== undefined) return readAuthorities(authorities)
  if (truststore === undefined) return undefined
  return [...(await readTrustStore(truststore, options['truststore-password']?.reveal() ?? ''))]
}
