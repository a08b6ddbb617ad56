import { readFileSync } from 'node:fs'

/** The version of Flume whose configurations, files and wire this takes. */
export const flumeVersion = '1.11.0'

interface PackageFile {
  readonly version: string
  readonly repository?: string | { readonly url: string }
  /** Written when a release is packed. */
  readonly build?: { readonly revision: string; readonly by: string; readonly at: string; readonly checksum: string }
}

let packageFile: PackageFile | undefined

export function flumenVersion(): string {
  return readPackage().version
}

/** Flume prints five lines; the first says which Flume this stands in for. */
export function flumeVersionLines(): readonly string[] {
  const { version, repository, build } = readPackage()
  const url = typeof repository === 'string' ? repository : repository?.url
  return [
    `Flume ${flumeVersion} (Flumen ${version})`,
    `Source code repository: ${url ?? 'unknown'}`,
    `Revision: ${build?.revision ?? 'unknown'}`,
    `Compiled by ${build?.by ?? 'unknown'} on ${build?.at ?? 'unknown'}`,
    `From source with checksum ${build?.checksum ?? 'unknown'}`,
  ]
}

function readPackage(): PackageFile {
  packageFile ??= JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as PackageFile
  return packageFile
}
