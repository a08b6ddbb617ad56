import type { Document, YAMLParseError } from 'yaml'
import type { Problems } from './problem.ts'
import type { TextPlaces } from './text-places.ts'

/**
 * Turns what the YAML parser complains about into problems with places and hints, at most 20 a file.
 * @returns whether the syntax is wrong.
 */
export function reportSyntax(
  document: Document.Parsed,
  source: string,
  places: TextPlaces,
  problems: Problems,
): boolean {
  for (const error of document.errors.slice(0, maximumErrors)) {
    problems.error(places.at(error.pos[0]), '', messageOf(error), fixFor(error, lineAt(source, error.pos[0])))
  }
  const more = document.errors[maximumErrors]
  if (more) {
    const message = `there are ${document.errors.length - maximumErrors} more syntax errors from here on`
    problems.error(places.at(more.pos[0]), '', message, 'mend the first ones, they often cause the others')
  }
  for (const warning of document.warnings.slice(0, maximumErrors)) {
    if (warning.code === 'TAG_RESOLVE_FAILED') continue
    problems.warning(
      places.at(warning.pos[0]),
      '',
      textOf(warning.message),
      'write it unambiguously, in quotes if need be',
    )
  }
  return document.errors.length > 0
}

const maximumErrors = 20

function messageOf(error: YAMLParseError): string {
  if (error.code === 'MULTIPLE_DOCS') return 'the file holds several YAML documents, but a configuration is one'
  if (error.code === 'RESOURCE_EXHAUSTION') return 'maps and lists are nested too deep'
  return `not YAML: ${textOf(error.message)}`
}

/** One line without a full stop; what the parser quotes of the source may be long. */
function textOf(message: string): string {
  const line = message.replace(/\s+/g, ' ').replace(/\.$/, '')
  return line.length > 160 ? `${line.slice(0, 160)}…` : line
}

const fixes: Readonly<Record<string, string>> = {
  BAD_DQ_ESCAPE: 'double the backslash, or use single quotes, where nothing is an escape',
  BAD_INDENT: 'indent the keys of one map equally, and close brackets and braces',
  BAD_SCALAR_START: 'put the value in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'put the value in quotes if it holds a colon and a blank, or indent the next line like this one',
  KEY_OVER_1024_CHARS: 'write a shorter key',
  MULTILINE_IMPLICIT_KEY: 'write key: value, with a blank after the colon',
  MULTIPLE_DOCS: 'remove the line ---, or make it several files',
  RESOURCE_EXHAUSTION: 'write dotted keys instead of nested maps',
  TAB_AS_INDENT: 'indent with blanks, YAML allows no tabs there',
}

function fixFor({ code, message }: YAMLParseError, line: string): string {
  if (code === 'BAD_SCALAR_START' && message.includes('%')) return 'put the value in quotes, as with every leading %'
  if (/closing ["']quote/.test(message)) return 'close the quote, or indent its further lines'
  if (message.includes('need to be followed by map values')) return 'write key: value, with a blank after the colon'
  if (code in fixes) return fixes[code]!
  if (line.includes('${')) return 'put a value with $ and braces in quotes where it stands within { } or [ ]'
  return 'see that quotes, brackets and indentation match; values with special characters need quotes'
}

function lineAt(source: string, offset: number): string {
  const start = source.lastIndexOf('\n', Math.max(offset - 1, 0)) + 1
  const end = source.indexOf('\n', start)
  return source.slice(start, Math.min(end < 0 ? source.length : end, start + 1_000))
}
