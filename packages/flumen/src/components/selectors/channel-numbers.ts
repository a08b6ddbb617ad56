import { ConfigurationError } from '../../core/index.ts'

/**
 * The numbers of channels that a selector names, each once.
 * @param channels the source's channels
 * @throws ConfigurationError for a name that the source does not have; a checked configuration has none
 */
export function channelNumbers(names: readonly string[], channels: readonly string[]): readonly number[] {
  const numbers = new Set<number>()
  for (const name of names) {
    const number = channels.indexOf(name)
    if (number < 0) throw new ConfigurationError(`the source has no channel ${name}; it has ${channels.join(', ')}`)
    numbers.add(number)
  }
  return [...numbers]
}
