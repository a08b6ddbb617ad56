import { UsageError } from './command.ts'

/** One stage of a pipe as it was written: `netcat port=44444`. */
export interface Stage {
  /** From 1. */
  readonly position: number
  readonly type: string
  readonly options: readonly StageOption[]
}

export interface StageOption {
  readonly key: string
  readonly value: string
}

/**
 * Takes `netcat port=44444 ! memory ! logger` apart: as words of a command line, where a shell has undone the quotes, or
 * as one quoted text. Throws a usage error with everything that is wrong.
 */
export function parseStages(words: readonly string[]): readonly Stage[] {
  const [only = ''] = words
  const split = words.length === 1 && /\s/.test(only) ? shellWords(only) : words
  const written = stagesOf(split)
  if (split.length === 0) throw new UsageError(['there is no pipe; write SOURCE ! … ! SINK'])
  const complaints: string[] = []
  const stages = written.map((stage, index) => stageOf(stage, index + 1, complaints))
  if (stages.length === 1) complaints.push('a pipe needs a source and a sink; write SOURCE ! SINK')
  if (complaints.length > 0) throw new UsageError(complaints)
  return stages
}

function stagesOf(words: readonly string[]): readonly (readonly string[])[] {
  const stages: string[][] = [[]]
  for (const word of words) {
    if (word === '!') stages.push([])
    else stages.at(-1)!.push(word)
  }
  return stages
}

function stageOf([type, ...words]: readonly string[], position: number, complaints: string[]): Stage {
  const options: StageOption[] = []
  const complain = (what: string): void => void complaints.push(`stage ${position}: ${what}`)
  if (type === undefined) complain('there is nothing between two ! or at an end')
  else if (type.includes('=')) complain(`"${type}" stands where the type of a component is expected`)
  for (const word of words) {
    const at = word.indexOf('=')
    const key = at < 0 ? word : word.slice(0, at)
    const value = at < 0 ? '' : word.slice(at + 1)
    if (at < 1) complain(`"${word}" is not key=value; a value with blanks needs quotes`)
    else if (value === '') complain(`${key} has no value`)
    else if (options.some((option) => option.key === key)) complain(`${key} is given twice`)
    else options.push({ key, value })
  }
  return { position, type: type ?? '', options }
}

/** Words as a shell makes them of a text: blanks part them, quotes and backslashes keep what they hold together. */
function shellWords(text: string): readonly string[] {
  const words: string[] = []
  const word = /\s*((?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+)/gsy
  let end = 0
  for (let match = word.exec(text); match; match = word.exec(text)) {
    end = word.lastIndex
    words.push(match[1]!.replaceAll(quoted, unquote))
  }
  if (text.slice(end).trim() !== '') throw new UsageError(['a quote or a backslash is left open'])
  return words
}

const quoted = /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/gs

function unquote(
  _whole: string,
  single: string | undefined,
  double: string | undefined,
  escaped: string | undefined,
): string {
  return single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped!
}
