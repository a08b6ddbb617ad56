/** The command line of the bench. */
export interface Options {
  readonly isSmoke: boolean
  /** Only write the page again, from the results that are there. */
  readonly isPageOnly: boolean
  /** Names of workloads; none: all. */
  readonly names: readonly string[]
}

export const usage = `npm run bench                 all workloads; writes bench/results and docs/guide/performance.md
npm run bench -- NAME...      some of them
npm run bench -- --smoke      a quick look at the ratios to bare Node.js; writes nothing
npm run bench -- --page       writes the page again from bench/results`

/** @throws Error that says which word is not understood */
export function readOptions(words: readonly string[], workloads: readonly string[]): Options {
  const names: string[] = []
  for (const word of words.filter((each) => !each.startsWith('--'))) {
    const name = workloads.find((each) => each.toLowerCase() === word.toLowerCase())
    if (name === undefined) throw new Error(`there is no workload ${word}; there are ${workloads.join(', ')}`)
    names.push(name)
  }
  for (const word of words.filter((each) => each.startsWith('--'))) {
    if (word !== '--smoke' && word !== '--page') throw new Error(`${word} is not understood\n${usage}`)
  }
  return { isSmoke: words.includes('--smoke'), isPageOnly: words.includes('--page'), names }
}
