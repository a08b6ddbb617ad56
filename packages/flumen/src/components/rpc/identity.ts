import { readFile } from 'node:fs/promises'
import type { SecureContextOptions } from 'node:tls'
import type { Secret, Section } from '../../component/kit.ts'
import { readKeyStore } from '../../protocols/key-stores/key-store.ts'

/** Where the key and the certificate are that one side of TLS shows: in PEM files, or in a key store of Java's. */
export interface IdentityOptions {
  readonly certificate?: string | undefined
  readonly certificateKey?: string | undefined
  readonly keystore?: string | undefined
  readonly 'keystore-password'?: Secret | undefined
}

export type Identity = Pick<SecureContextOptions, 'key' | 'cert'>

/** What no single field can see. */
export function checkIdentity({ certificate, certificateKey }: IdentityOptions, section: Section): void {
  if ((certificate === undefined) === (certificateKey === undefined)) return
  section.error('certificate', 'certificate and certificateKey belong together', 'set both or none of them')
}

/** The files that are read for it. */
export function filesOfIdentity({ certificate, certificateKey, keystore }: IdentityOptions): readonly string[] {
  const files = certificate === undefined ? [keystore] : [certificate, certificateKey]
  return files.filter((path) => path !== undefined)
}

/** Nothing where none is named. @throws Error for a file that cannot be used */
export async function readIdentity(options: IdentityOptions): Promise<Identity> {
  const { certificate, certificateKey, keystore } = options
  if (certificate !== undefined && certificateKey !== undefined) {
    return { cert: await readFile(certificate), key: await readFile(certificateKey) }
  }
  if (keystore === undefined) return {}
  return ofStore(keystore, options['keystore-password']?.reveal() ?? '')
}

/** The first key that the password opens. */
async function ofStore(path: string, password: string): Promise<Identity> {
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
