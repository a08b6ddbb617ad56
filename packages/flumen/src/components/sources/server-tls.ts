import { createSecureContext, type TlsOptions } from 'node:tls'
import { field, type OptionsOf, type Section } from '../../component/kit.ts'
import { ComponentFailedError, messageOf } from '../../core/index.ts'
import { FromFiles } from '../../net/from-files.ts'
import type { ServerTls } from '../../net/tls-door.ts'
import { readAuthorities, readTrustStore } from '../rpc/authorities.ts'
import { checkIdentity, filesOfIdentity, readIdentity } from '../rpc/identity.ts'
import { checkTlsTerms, contextTermsOf, tlsTermsFields } from '../rpc/tls-terms.ts'
import { checkReplaced, checkWithoutTls } from '../rpc/without-tls.ts'

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
  clientTruststore: field.path({
    doc: 'Key store (JKS, JCEKS or PKCS12) with those authorities; instead of clientAuthorities.',
  }),
  clientTruststorePassword: field.secret({ doc: 'Password of that key store.' }),
  ...tlsTermsFields,
}

export type ServerTlsOptions = OptionsOf<typeof serverTlsFields>

/** What no single field can see. */
export function checkServerTls(options: ServerTlsOptions, section: Section): void {
  if (!options.ssl) {
    checkPlain(options, section)
    return
  }
  checkIdentity(options, section)
  if (options.keystore === undefined && options.certificate === undefined) {
    section.missing('keystore', 'TLS needs a key store or a certificate', 'set keystore, or certificate and its key')
  }
  checkReplaced('keystore', 'certificate', section)
  checkReplaced('clientTruststore', 'clientAuthorities', section)
  checkTlsTerms(options, section)
}

const { ssl: _, clientAuthorities: __, clientTruststore: ___, ...fieldsOfTls } = serverTlsFields

function checkPlain(options: ServerTlsOptions, section: Section): void {
  const fix = `set ${section.key('ssl')} = true`
  for (const key of ['clientAuthorities', 'clientTruststore'] as const) {
    if (options[key] === undefined) continue
    section.error(key, 'clients are asked for certificates with TLS only', `${fix}, or remove it`)
  }
  checkWithoutTls(Object.keys(fieldsOfTls), section, fix)
}

/**
 * What a TLS server is made of; undefined: no TLS. What has changed in the files is in the next handshake.
 * @throws ComponentFailedError for a file that cannot be used, or where no cipher suite is left
 */
export async function loadServerTls(options: ServerTlsOptions): Promise<ServerTls | undefined> {
  if (!options.ssl) return undefined
  const trust = options.clientAuthorities ?? options.clientTruststore
  const paths = [...filesOfIdentity(options), trust].filter((path) => path !== undefined)
  try {
    const files = await FromFiles.load(paths, () => read(options))
    return { ...files.value, files }
  } catch (cause) {
    throw new ComponentFailedError(`TLS cannot be set up: ${messageOf(cause)}`, { cause })
  }
}

async function read(options: ServerTlsOptions): Promise<TlsOptions> {
  const ca = await trusted(options)
  const tls: TlsOptions = {
    ...(await readIdentity(options)),
    ...(ca !== undefined && { ca, requestCert: true, rejectUnauthorized: true }),
    ...contextTermsOf(options),
  }
  // What is wrong with a key or a certificate comes out here.
  createSecureContext(tls)
  return tls
}

/** undefined: no client is asked for a certificate. */
async function trusted(options: ServerTlsOptions): Promise<string | string[] | undefined> {
  const { clientAuthorities, clientTruststore } = options
  if (clientAuthorities !== undefined) return readAuthorities(clientAuthorities)
  if (clientTruststore === undefined) return undefined
  return [...(await readTrustStore(clientTruststore, options.clientTruststorePassword?.reveal() ?? ''))]
}
