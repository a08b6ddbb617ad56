import { monitoringSection } from '../component/monitor-reader.ts'
import type { Settings } from '../config/settings.ts'

const place = { file: '-D', line: 0, column: 0 }
const flumenPrefix = 'flumen.'
const monitoringPrefix = 'flume.monitoring.'

/** What `-Dname=value` says: values for `${sys:name}`, and Flumen's own settings. */
export interface SystemProperties {
  readonly values: ReadonlyMap<string, string>
}

/** @param words each `name=value`, or `name` for an empty value; a later one wins */
export function systemPropertiesOf(words: readonly string[]): SystemProperties {
  const values = new Map<string, string>()
  for (const word of words) {
    const at = word.indexOf('=')
    const name = at < 0 ? word : word.slice(0, at)
    if (name !== '') values.set(name, at < 0 ? '' : word.slice(at + 1))
  }
  return { values }
}

/**
 * Puts `-Dflumen.KEY=VALUE` over the agent-wide settings of an agent, `AGENT.flumen.KEY`, and Flume's
 * `-Dflume.monitoring.KEY=VALUE` over those of its monitoring.
 */
export function applyFlumenProperties({ values }: SystemProperties, agent: string, settings: Settings): void {
  for (const [name, value] of values) {
    if (name.startsWith(flumenPrefix)) settings.set({ key: `${agent}.${name}`, value, place })
    else if (name.startsWith(monitoringPrefix)) {
      settings.set({ key: `${agent}.${monitoringSection}.${name.slice(monitoringPrefix.length)}`, value, place })
    }
  }
}

/** The system properties in `JAVA_OPTS` and `FLUME_JAVA_OPTS`, which Flume's script hands to Java before those of the command line. */
export function propertiesOfEnvironment(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  return [environment.JAVA_OPTS, environment.FLUME_JAVA_OPTS]
    .flatMap((options) => options?.split(/\s+/) ?? [])
    .filter((word) => word.startsWith('-D'))
    .map((word) => word.slice(2))
}
