import { readPackage } from '../runtime/flumen-version.ts'

export { flumenVersion } from '../runtime/flumen-version.ts'

/** The version of Flume whose configurations, files and wire this takes. */
export const flumeVersion = '1.11.0'

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
