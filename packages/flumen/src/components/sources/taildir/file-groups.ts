import { basename, dirname, isAbsolute } from 'node:path'
import type { Field, Section } from '../../../component/kit.ts'
import type { Headers } from '../../../core/index.ts'
import { compileJavaRegex, type JavaRegex, JavaRegexError } from '../../../text/java-regex.ts'
import { FolderPattern } from './folder-pattern.ts'

/** Longest list of paths whose answer is remembered. */
const mostPaths = 50_000

/** Files that a configuration means: folders, and a Java pattern for the whole name of a file in them. */
export class GroupPaths {
  readonly name: string
  readonly folders: FolderPattern
  readonly #pattern: JavaRegex
  /** Whole names and whole paths that are left out. */
  readonly #exclude: JavaRegex | undefined
  readonly #answers = new Map<string, boolean>()

  constructor(name: string, folders: FolderPattern, pattern: JavaRegex, exclude: JavaRegex | undefined) {
    this.name = name
    this.folders = folders
    this.#pattern = pattern
    this.#exclude = exclude
  }

  has(path: string): boolean {
    let answer = this.#answers.get(path)
    if (answer === undefined) {
      answer = this.#fits(path)
      if (this.#answers.size >= mostPaths) this.#answers.clear()
      this.#answers.set(path, answer)
    }
    return answer
  }

  #fits(path: string): boolean {
    const name = basename(path)
    if (this.#pattern.fullMatch(name) !== true || !this.folders.has(dirname(path))) return false
    return this.#exclude?.fullMatch(name) !== true && this.#exclude?.fullMatch(path) !== true
  }
}

/** Files with the headers of their events. */
export interface FileGroup {
  readonly paths: GroupPaths
  readonly headers: Headers
}

const doc = 'Names of the groups of files, separated by white space.'
const pathDoc =
  'Absolute path: a folder, and after the last slash a Java regular expression for whole file names. In the folder `*` ' +
  'and `?` stand for a part of a name and `**` for any number of folders.'
const excludeDoc = 'Java regular expression; files whose whole name or whole path fits it are left out.'

const facts = {
  kind: 'list',
  doc,
  required: true,
  defaultText: undefined,
  unit: undefined,
  constraint: 'names, separated by white space',
  onInvalid: 'refuse',
  aliases: [],
  ignored: undefined,
} as const

/** `filegroups = g1 g2` with `filegroups.g1 = /var/log/app\.log.*` */
export const fileGroupsField: Field<readonly GroupPaths[]> = {
  ...facts,
  keys: (name) => [name, `${name}.*`],
  rows: (name) => [
    { ...facts, key: name },
    { ...facts, key: `${name}.<name>`, kind: 'path', doc: pathDoc, constraint: undefined },
    { ...facts, key: `${name}.<name>.exclude`, kind: 'regex', doc: excludeDoc, required: false, constraint: undefined },
  ],
  schema: (name) => ({
    properties: {
      [name]: {
        description: doc,
        anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }, { type: 'object' }],
      },
    },
    patternProperties: { [`^${name}\\..+$`]: { description: pathDoc, type: 'string' } },
  }),
  read(section, name) {
    const names = section.list(name) ?? []
    if (names.length === 0) {
      section.missing(name, `${section.key(name)} is needed`, `add ${section.key(name)} = name1 name2 …`)
    }
    return [...new Set(names)].flatMap((each) => readGroup(section, `${name}.${each}`, each))
  },
}

function readGroup(section: Section, key: string, name: string): readonly GroupPaths[] {
  const setting = section.get(key)
  if (!setting) {
    section.missing(key, `${section.key(key)} is needed`, `add ${section.key(key)} = /folder/pattern`)
    return []
  }
  const path = setting.value.trim()
  if (!isAbsolute(path) || path.endsWith('/')) {
    section.error(key, `"${path}" is not an absolute path of files`, 'write /folder/pattern')
    return []
  }
  const pattern = readPattern(
    section,
    key,
    basename(path),
    'the last part of the path is a Java regular expression: .*\\.log',
  )
  const excluded = section.get(`${key}.exclude`)?.value.trim()
  const exclude = excluded === undefined ? undefined : readPattern(section, `${key}.exclude`, excluded, 'write .*\\.gz')
  return pattern ? [new GroupPaths(name, new FolderPattern(dirname(path)), pattern, exclude)] : []
}

function readPattern(section: Section, key: string, source: string, fix: string): JavaRegex | undefined {
  try {
    return compileJavaRegex(source)
  } catch (error) {
    if (!(error instanceof JavaRegexError)) throw error
    section.error(key, error.message, fix)
    return undefined
  }
}
