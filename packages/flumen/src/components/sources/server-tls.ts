import { readFile } from 'node:fs/promises'
import { createSecureContext, type TlsOptions } from 'node:tls'
import { field, type OptionsOf, type Section } from '../../component/kit.ts'
import { ComponentFailedError, messageOf } from '../../core/index.ts'
import { FromFiles } from '../../net/from-files.ts'
import type { ServerTls } from '../../net/tls-door.ts'
import { readKeyStore } from '../../protocols/key-stores/key-store.ts'
import { readAuthorities } from '../rpc/authorities.ts'
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
  ...tlsTermsFields,
}

export type ServerTlsOptions = OptionsOf<typeof serverTlsFields>

/** What no single field can see. */
export function checkServerTls(options: ServerTlsOptions, section: Section): void {
  if (!options.ssl) {
    checkPlain(options, section)
    return
  }
  const { keystore, certificate, certificateKey } = options
  if ((certificate === undefined) !== (certificateKey === undefined)) {
    section.error('certificate', 'certificate and certificateKey belong together', 'set both or none of them')
  }
  if (keystore === undefined && certificate === undefined) {
    section.missing('keystore', 'TLS needs a key store or a certificate', 'set keystore, or certificate and its key')
  }
  checkReplaced('keystore', 'certificate', section)
  checkTlsTerms(options, section)
}

const { ssl: _, clientAuthorities: __, ...fieldsOfTls } = serverTlsFields

function checkPlain({ clientAuthorities }: ServerTlsOptions, section: Section): void {
  const fix = `set ${section.key('ssl')} = true`
  if (clientAuthorities !== undefined) {
    section.error('clientAuthorities', 'clients are asked for certificates with TLS only', `${fix}, or remove it`)
  }
  checkWithoutTls(Object.keys(fieldsOfTls), section, fix)
}

/**
 * What a TLS server is made of; undefined: no TLS. What has changed in the files is in the next handshake.
 * @throws ComponentFailedError for a file that cannot be used, or where no cipher suite is left
 */
export async function loadServerTls(options: ServerTlsOptions): Promise<ServerTls | undefined> {
  if (!options.ssl) return undefined
  const { keystore, certificate, certificateKey, clientAuthorities } = options
  const identity = certificate === undefined ? [keystore] : [certificate, certificateKey]
  const paths = [...identity, clientAuthorities].filter((path) => path !== undefined)
  try {
    const files = await FromFiles.load(paths, () => read(options))
    return { ...files.value, files }
  } catch (cause) {
    throw new ComponentFailedError(`TLS cannot be set up: ${messageOf(cause)}`, { cause })
  }
}

async function read(options: ServerTlsOptions): Promise<TlsOptions> {
  const { clientAuthorities } = options
  const tls: TlsOptions = {
    ...(await identityOf(options)),
    ...(clientAuthorities !== undefined && {
      ca: await readAuthorities(clientAuthorities),
      requestCert: true,
      rejectUnauthorized: true,
    }),
    ...contextTermsOf(options),
  }
  // What is wrong with a key or a certificate comes out here.
  createSecureContext(tls)
  return tls
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
