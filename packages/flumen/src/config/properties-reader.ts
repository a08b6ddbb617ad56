import { parseJavaProperties } from './java-properties.ts'
import type { Place, Problems } from './problem.ts'
import { Settings } from './settings.ts'

/**
 * Reads a properties file as Flume does: the grammar of `java.util.Properties` (see java-properties.ts) over a text,
 * key and value trimmed, later lines replace earlier ones, a key without a value is dropped. What is wrong becomes a
 * problem; all other lines are read.
 * @param file for the places of settings and problems.
 */
export function readProperties(text: string, file: string, problems: Problems): Settings {
  const settings = new Settings()
  const places = new Map<string, Place>()
  for (const { key: rawKey, value: rawValue, line, column, malformed } of parseJavaProperties(text)) {
    const place = { file, line, column }
    const key = trimAsJava(rawKey)
    const value = trimAsJava(rawValue)
    if (malformed) {
      const message = 'a \\u is not followed by four hexadecimal digits; Flume would refuse the whole file'
      problems.error({ file, ...malformed }, key, message, 'write \\\\u for a backslash before the letter u')
      continue
    }
    if (key === '') {
      problems.error(place, '', 'this line has no key', 'write key = value, or # at its start for a comment')
      continue
    }
    warnOfDuplicate(key, place, places.get(key), problems)
    places.set(key, place)
    if (value !== '') settings.set({ key, value, place })
    else dropEmpty(settings, key, place, problems)
  }
  return settings
}

/** `String.trim` of Java: control characters go too, other white space of Unicode stays. */
export function trimAsJava(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text.charCodeAt(start) <= 0x20) start++
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--
  return text.slice(start, end)
}

function warnOfDuplicate(key: string, place: Place, earlier: Place | undefined, problems: Problems): void {
  if (!earlier) return
  const message = `${key} stands here and in line ${earlier.line}; this line wins`
  problems.warning(place, key, message, `remove line ${earlier.line} or line ${place.line}`)
}

function dropEmpty(settings: Settings, key: string, place: Place, problems: Problems): void {
  settings.delete(key)
  problems.error(place, key, `${key} has no value, so it is dropped`, 'give it a value, or remove the line')
}
