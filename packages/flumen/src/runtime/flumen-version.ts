import { readFileSync } from 'node:fs'

export interface PackageFile {
  readonly version: string
  readonly repository?: string | { readonly url: string }
  /** Written when a release is packed. */
  readonly build?: { readonly revision: string; readonly by: string; readonly at: string; readonly checksum: string }
}

let packageFile: PackageFile | undefined

export function flumenVersion(): string {
  return readPackage().version
}

/** What stands in the package's own package.json. */
export function readPackage(): PackageFile {
  packageFile ??= JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as PackageFile
  return packageFile
}
