export type Key = 'quit' | 'pause' | 'sort' | 'help' | 'redraw' | 'escape' | 'other'

const meanings: Readonly<Record<string, Key>> = {
  q: 'quit',
  Q: 'quit',
  '\x03': 'quit',
  '\x04': 'quit',
  p: 'pause',
  P: 'pause',
  ' ': 'pause',
  s: 'sort',
  S: 'sort',
  '?': 'help',
  h: 'help',
  H: 'help',
  '\x0c': 'redraw',
  '\x1b': 'escape',
}

/** Keys in what a terminal sends. Arrows and the like come as escape sequences: each is one other key. */
export function keysOf(typed: string): readonly Key[] {
  const parts = typed.match(/\x1b\[[0-?]*[ -/]*[@-~]|\x1bO.|[\s\S]/gu) ?? []
  return parts.map((part) => (Object.hasOwn(meanings, part) ? (meanings[part] ?? 'other') : 'other'))
}
