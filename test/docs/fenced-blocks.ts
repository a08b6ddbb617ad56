/** A fenced example of a Markdown page: ```` ```properties bad file=flow.conf ````. */
export interface Block {
  readonly language: string
  /** What else stands after the language, without a value: `bad`, `run`. */
  readonly words: ReadonlySet<string>
  /** What else stands after the language with one: `file=flow.conf`. */
  readonly values: ReadonlyMap<string, string>
  readonly text: string
  /** Of the opening fence, from 1. */
  readonly line: number
}

/** All fenced blocks of a page, in order; also those within lists. */
export function fencedBlocks(markdown: string): readonly Block[] {
  const blocks: Block[] = []
  const lines = markdown.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const opening = /^(\s*)(`{3,})\s*([^`]*)$/.exec(lines[at]!)
    if (!opening) continue
    const [, indent = '', fence = '', info = ''] = opening
    const begin = at + 1
    while (at + 1 < lines.length && !isClosing(lines[at + 1]!, fence)) at++
    const content = lines
      .slice(begin, at + 1)
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
    blocks.push({ ...parseInfo(info), text: content.map((line) => `${line}\n`).join(''), line: begin })
    at++
  }
  return blocks
}

function isClosing(line: string, fence: string): boolean {
  const closing = /^\s*(`{3,})\s*$/.exec(line)
  return closing !== null && closing[1]!.length >= fence.length
}

function parseInfo(info: string): Pick<Block, 'language' | 'words' | 'values'> {
  const [language = '', ...rest] = info.trim().split(/\s+/)
  const pairs = rest
    .filter((word) => word.includes('='))
    .map((word): [string, string] => {
      const at = word.indexOf('=')
      return [word.slice(0, at), word.slice(at + 1)]
    })
  return { language, words: new Set(rest.filter((word) => !word.includes('='))), values: new Map(pairs) }
}
