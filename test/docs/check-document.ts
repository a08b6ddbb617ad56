import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { checkExample, lineOf } from '../../scripts/docs/check-configuration.ts'
import { root } from '../../servers/server.ts'
import { printsAs } from './expected-output.ts'
import { type Block, fencedBlocks } from './fenced-blocks.ts'
import { inOwnNetwork } from './own-network.ts'
import { type ProgramEnd, runProgram } from './run-program.ts'
import { typeProblems } from './type-check.ts'

/** An example of a page that does not do what the page says. */
export interface Failure {
  /** In the page, from 1. */
  readonly line: number
  readonly message: string
}

const endings: Readonly<Record<string, string>> = { properties: 'conf', yaml: 'yaml', json: 'json', ts: 'ts' }
const limitMs = 60_000

/**
 * Tries every fenced example of a Markdown page, in the page's own folder:
 * - `properties`, `yaml`, `json`: `flumen check` takes it without a word but notes. `bad`: it does not, and prints what
 *   the next `text` block shows. `fragment`: the rest of the agent `a1` is added first.
 * - `ts`: its types are right. `run`: it also runs, and prints what the next `text` block shows.
 * - `sh run`: it runs with `flumen` on the PATH, and prints that. `status=2`: it ends so.
 * - `other`: it is not looked at.
 * - `file=NAME`: the block is a file of that name, for the blocks after it.
 */
export async function checkDocument(markdown: string): Promise<readonly Failure[]> {
  const parent = join(root, '.cache')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'docs-'))
  try {
    return await new DocumentCheck(folder, fencedBlocks(markdown)).run()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

class DocumentCheck {
  readonly #folder: string
  readonly #blocks: readonly Block[]
  readonly #failures: Failure[] = []

  constructor(folder: string, blocks: readonly Block[]) {
    this.#folder = folder
    this.#blocks = blocks
  }

  async run(): Promise<readonly Failure[]> {
    for (const block of this.#blocks) if (block.language === 'ts' || block.values.has('file')) this.#write(block)
    this.#checkTypes()
    for (const [at, block] of this.#blocks.entries()) {
      const next = this.#blocks[at + 1]
      await this.#try(block, next?.language === 'text' ? next.text : undefined)
    }
    return this.#failures
  }

  async #try(block: Block, shown: string | undefined): Promise<void> {
    const { language, words } = block
    if (language === 'sh' && words.has('run'))
      this.#compare(block, shown, await this.#run('sh', ['-eu', '-c', block.text]))
    else if (language === 'ts' && words.has('run')) {
      const file = this.#fileOf(block)
      this.#compare(block, shown, await this.#run(process.execPath, ['--conditions=flumen-source', file]))
    } else if (language !== 'ts' && language in endings && !words.has('other'))
      await this.#checkConfiguration(block, shown)
  }

  async #checkConfiguration(block: Block, shown: string | undefined): Promise<void> {
    if (block.words.has('fragment')) {
      await this.#checkFragment(block)
      return
    }
    const file = this.#write(block)
    const end = await this.#run('flumen', ['check', file])
    const words = end.output.split('\n').filter((line) => line !== '' && !/^\S+:\d+:\d+: note: /.test(line))
    if (block.words.has('bad')) {
      // Notes tell of the machine: a page may leave them out.
      const output = shown?.includes(': note: ') ? end.output : words.join('\n')
      this.#compare(block, shown, { ...end, output }, 2)
    } else {
      if (end.status !== 0 || words.length > 0)
        this.#fail(block, `flumen check: ${described({ ...end, output: words.join('\n') })}`)
    }
  }

  async #checkFragment(block: Block): Promise<void> {
    if (block.language !== 'properties') {
      this.#fail(block, 'only properties can be a fragment')
      return
    }
    const { problems } = await checkExample(block.text, this.#folder)
    for (const problem of problems.filter(({ severity }) => severity !== 'note')) this.#fail(block, lineOf(problem))
  }

  #checkTypes(): void {
    const blocks = this.#blocks.filter(({ language, words }) => language === 'ts' && !words.has('other'))
    if (blocks.length === 0) return
    const files = new Map(blocks.map((block) => [join(this.#folder, this.#fileOf(block)), block]))
    for (const { file, line, message } of typeProblems([...files.keys()])) {
      this.#failures.push({ line: files.get(file)!.line + line, message })
    }
  }

  #compare(block: Block, shown: string | undefined, end: ProgramEnd, expectedStatus = 0): void {
    const status = Number(block.values.get('status') ?? expectedStatus)
    if (end.status !== status) this.#fail(block, `ended with ${described(end)}`)
    else if (shown !== undefined && !printsAs(shown, end.output)) this.#fail(block, `printed ${described(end)}`)
  }

  #run(command: string, args: readonly string[]): Promise<ProgramEnd> {
    const path = [join(root, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter)
    const [program, ...rest] = inOwnNetwork([command, ...args])
    return runProgram(program!, rest, { cwd: this.#folder, environment: { PATH: path, NO_COLOR: '1' }, limitMs })
  }

  #write(block: Block): string {
    const file = this.#fileOf(block)
    mkdirSync(dirname(join(this.#folder, file)), { recursive: true })
    writeFileSync(join(this.#folder, file), block.text)
    return file
  }

  /** As the page calls it, or else `example.conf`; each TypeScript block is a module of its own. */
  #fileOf({ language, values, line }: Block): string {
    const name = language === 'ts' ? `line-${line}` : 'example'
    return values.get('file') ?? `${name}.${endings[language] ?? 'txt'}`
  }

  #fail({ line }: Block, message: string): void {
    this.#failures.push({ line, message })
  }
}

function described({ status, output, errors }: ProgramEnd): string {
  return [`status ${status}`, output.trim(), errors.trim()].filter((text) => text !== '').join('\n')
}
