import type { OptionsOf, Outputs } from '../../component/kit.ts'
import type { ownTimeFields, ParsingOptions, TimeFieldOptions } from './parsing-fields.ts'

/**
 * The headers that an interceptor which parses may set.
 * @param timeHeader the one for the time, where it is set
 * @param found fields that are known
 * @param isAll there are no others
 */
export function parsedOutputs(
  { prefix, fields, excludeFields, rename, onFailure, failureHeader }: ParsingOptions,
  timeHeader: string | undefined,
  found: readonly string[] = [],
  isAll = false,
): Outputs {
  const known = fields.length > 0 ? fields : isAll ? found : [...found, ...rename.keys()]
  const headers = known
    .filter((field) => !excludeFields.includes(field))
    .map((field) => rename.get(field) ?? prefix + field)
  const more = [...(timeHeader === undefined ? [] : [timeHeader]), ...(onFailure === 'keep' ? [failureHeader] : [])]
  return { names: [...new Set([...headers, ...more])], isOpen: !isAll && fields.length === 0 }
}

export function configuredTimeHeader({ timestampField, timestampHeader }: TimeFieldOptions): string | undefined {
  return timestampField === undefined ? undefined : timestampHeader
}

export function ownTimeHeader({ setTimestamp, timestampHeader }: OptionsOf<typeof ownTimeFields>): string | undefined {
  return setTimestamp ? timestampHeader : undefined
}
