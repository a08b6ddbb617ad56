import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { readKeyStore } from '../../protocols/key-stores/key-store.ts'
import { runKeyCommand } from '../../storage/encryption/key-command.ts'
import type { KeyProvider } from '../../storage/encryption/key-provider.ts'
import { type KeyProviderDoors, type KeyProviderSettings, openKeyProvider } from '../../storage/encryption/providers.ts'
import type { ParsedArguments } from '../arguments.ts'
import { UsageError } from '../command.ts'

/** Where keys come from; the active one is decided by what is stored where nothing says it. */
export type KeySource = Omit<KeyProviderSettings, 'activeKey'> & { readonly activeKey?: string }

/** The keys of the command line; undefined: it names none. */
export function keysOfArguments(given: ParsedArguments): KeySource | undefined {
  const store = given.value('key-store')
  const files = pairsOf(given, 'key-file')
  if (store === undefined) {
    if (given.has('key-store-password-file')) throw new UsageError(['--key-store-password-file needs --key-store'])
    if (files.length === 0) return undefined
    return { type: 'FILE', options: Object.fromEntries(files.map(([key, file]) => [`keys.${key}.file`, file])) }
  }
  if (files.length > 0) throw new UsageError(['keys come from --key-store or from --key-file, not from both'])
  const password = given.value('key-store-password-file')
  if (password === undefined) throw new UsageError(['--key-store needs --key-store-password-file'])
  const own = pairsOf(given, 'key-password-file').map(([key, file]) => [`keys.${key}.passwordFile`, file])
  const options = { keyStoreFile: store, keyStorePasswordFile: password, ...Object.fromEntries(own) }
  return { type: 'JCEKSFILE', options }
}

/**
 * Loads those that are needed.
 * @param needed names of keys, the one in use last
 * @returns undefined where no key is needed or none can be had from anywhere
 */
export async function loadKeys(
  source: KeySource | undefined,
  needed: readonly string[],
  cwd: string,
): Promise<KeyProvider | undefined> {
  const activeKey = source?.activeKey ?? needed.at(-1)
  if (source === undefined || activeKey === undefined) return undefined
  const keys = [source.options.keys ?? '', ...needed].join(' ')
  return openKeyProvider({ ...source, activeKey, options: { ...source.options, keys } }, doorsFrom(cwd), needed)
}

function doorsFrom(cwd: string): KeyProviderDoors {
  return {
    readFile: async (path) => new Uint8Array(await readFile(resolve(cwd, path))),
    run: (words) => runKeyCommand(words),
    readKeyStore: (bytes, password, name) => readKeyStore(bytes, password, { name }),
  }
}

function pairsOf(given: ParsedArguments, name: string): readonly (readonly [string, string])[] {
  return given.values(name).map((text) => {
    const at = text.indexOf('=')
    if (at <= 0 || at === text.length - 1) throw new UsageError([`--${name} takes KEY=FILE: ${text}`])
    return [text.slice(0, at), text.slice(at + 1)] as const
  })
}
