import { retryFields } from './common-fields.ts'
import type { Kind } from './kind.ts'

/** The parts of an agent that are listed, each with the kind of what it holds. */
export const componentLists = { sources: 'source', channels: 'channel', sinks: 'sink' } as const satisfies Record<
  string,
  Kind
>

export type ComponentList = keyof typeof componentLists

/** What may stand after the agent's name. Flume knows all but the last, which it ignores. */
export const sections = ['sources', 'channels', 'sinks', 'sinkgroups', 'configfilters', 'flumen'] as const

const retryKeys = Object.entries(retryFields).flatMap(([name, field]) => field.keys(name))

/** Keys that a component may have whatever its type is. */
export const frameKeys: Readonly<Record<ComponentList, readonly string[]>> = {
  sources: ['type', 'config', 'channels', 'interceptors', 'interceptors.*', 'selector.*', ...retryKeys],
  channels: ['type', 'config'],
  sinks: ['type', 'config', 'channel', ...retryKeys],
}
