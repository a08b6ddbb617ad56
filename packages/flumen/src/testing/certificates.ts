import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Why there are no certificates here, as a phrase. */
export function missingOpenSsl(): string | undefined {
  return spawnSync('openssl', ['version']).status === 0 ? undefined : 'there is no command openssl'
}

/** Runs the command openssl in a folder. @throws Error with what it said where it fails */
export function openssl(directory: string, ...words: readonly string[]): void {
  const { status, stderr } = spawnSync('openssl', words, { cwd: directory, encoding: 'utf8' })
  if (status !== 0) throw new Error(`openssl ${words[0]} failed: ${stderr}`)
}

/**
 * Has openssl make an authority, `<authority>.pem` and `.key`, and for each name a certificate that it signed:
 * `<name>.pem` and `.key`, for the host of that name and for 127.0.0.1.
 */
export function makeCertificates(directory: string, authority: string, ...names: readonly string[]): void {
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const into = (name: string): readonly string[] => ['-subj', `/CN=${name}`, '-keyout', `${name}.key`]
  openssl(directory, 'req', '-x509', ...fresh, ...into(authority), '-out', `${authority}.pem`)
  for (const name of names) {
    writeFileSync(join(directory, `${name}.ext`), `subjectAltName=DNS:${name},IP:127.0.0.1\n`)
    openssl(directory, 'req', ...fresh, ...into(name), '-out', `${name}.csr`)
    const by = ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`, '-CAcreateserial', '-days', '2']
    openssl(directory, 'x509', '-req', '-in', `${name}.csr`, ...by, '-extfile', `${name}.ext`, '-out', `${name}.pem`)
  }
}
