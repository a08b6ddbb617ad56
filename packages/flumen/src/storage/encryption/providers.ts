import { type Bytes, ConfigurationError, messageOf } from '../../core/index.ts'
import { type KeyProvider, KeyProviderError, LoadedKeys } from './key-provider.ts'
import { decodeMasterKey, masterKeyProblem } from './master-key.ts'

/** How a channel is configured: `encryption.activeKey`, `encryption.keyProvider`, and what stands below the latter. */
export interface KeyProviderSettings {
  readonly activeKey: string
  /** `JCEKSFILE`, `FILE` or `COMMAND` in any case, or the class that Flume has for the first. */
  readonly type: string
  /** Without `encryption.keyProvider.`: `keyStoreFile`, `keys.key-0.passwordFile`, `keys.key-1.file`, `command`. */
  readonly options: Readonly<Record<string, string>>
}

/** What a provider reaches the outside with. */
export interface KeyProviderDoors {
  /** @throws the system's error */
  readFile(path: string): Promise<Bytes>
  /** Gives what the command prints: `runKeyCommand`. */
  run(words: readonly string[]): Promise<Bytes>
  /** Opens a key store of any kind, with the name that errors call it. */
  readKeyStore(bytes: Bytes, password: string, name: string): SecretKeys
}

export interface SecretKeys {
  /** @param keyPassword that of the store unless said */
  secretKey(alias: string, keyPassword?: string): { readonly bytes: Bytes }
}

/** @param ids of all keys to load */
type Loader = (settings: KeyProviderSettings, doors: KeyProviderDoors, ids: readonly string[]) => Promise<Keys>
type Keys = ReadonlyMap<string, Bytes>

const flumeClass = /^org\.apache\.flume\.channel\.file\.encryption\.(?:JCE|JCEKS)FileKeyProvider(?:\$Builder)?$/
const loaders: ReadonlyMap<string, Loader> = new Map([
  ['JCEKSFILE', loadFromKeyStore],
  ['FILE', loadFromFiles],
  ['COMMAND', loadFromCommand],
])

/**
 * Loads the active key, those of the list `keys`, and those that are needed for what is stored already.
 * @param needed names of keys in the headers of the segments that are there
 * @throws ConfigurationError when the settings cannot be right, KeyProviderError when a key cannot be had
 */
export async function openKeyProvider(
  settings: KeyProviderSettings,
  doors: KeyProviderDoors,
  needed: readonly string[] = [],
): Promise<KeyProvider> {
  const { type, activeKey } = settings
  const loader = loaders.get(flumeClass.test(type) ? 'JCEKSFILE' : type.toUpperCase())
  if (loader === undefined)
    throw new ConfigurationError(
      `encryption.keyProvider is '${type}', which is none of ${[...loaders.keys()].join(', ')}`,
    )
  if (activeKey === '') throw new ConfigurationError('encryption.activeKey is missing')
  const ids = new Set([activeKey, ...listedKeys(settings), ...needed])
  return new LoadedKeys(activeKey, await loader(settings, doors, [...ids]))
}

/**
 * A JCEKS, JKS or PKCS12 store, configured as in Flume. A key that has no password file has the password of the store's
 * file.
 */
async function loadFromKeyStore(
  settings: KeyProviderSettings,
  doors: KeyProviderDoors,
  ids: readonly string[],
): Promise<Keys> {
  const file = required(settings, 'keyStoreFile')
  const passwordFile = required(settings, 'keyStorePasswordFile')
  if (listedKeys(settings).length === 0) required(settings, 'keys')
  const bytes = await read(doors, file, 'the key store')
  const password = await readPassword(doors, passwordFile)
  const store = attempt('the key store cannot be opened', () => doors.readKeyStore(bytes, password, file))
  const keys = new Map<string, Bytes>()
  for (const id of ids) {
    const own = option(settings, `keys.${id}.passwordFile`)
    const keyPassword = own === undefined ? password : await readPassword(doors, own)
    const key = attempt(`the key '${id}' cannot be had`, () => store.secretKey(id, keyPassword))
    const problem = masterKeyProblem(key.bytes.length)
    if (problem !== undefined) throw new KeyProviderError(`the key '${id}' of ${file} is of no use: ${problem}`)
    keys.set(id, key.bytes)
  }
  return keys
}

/** A file a key; those that have one are the keys that there are. */
async function loadFromFiles(
  settings: KeyProviderSettings,
  doors: KeyProviderDoors,
  ids: readonly string[],
): Promise<Keys> {
  const withFiles = Object.keys(settings.options).flatMap((key) => /^keys\.(.+)\.file$/.exec(key)?.[1] ?? [])
  const keys = new Map<string, Bytes>()
  for (const id of new Set([...ids, ...withFiles])) {
    const file = required(settings, `keys.${id}.file`)
    keys.set(id, masterKeyOf(await read(doors, file, `the key '${id}'`), `the file ${file} of the key '${id}'`))
  }
  return keys
}

/** The command's words are parted by blanks, without quotes, as those of the exec source; the key's id comes last. */
async function loadFromCommand(
  settings: KeyProviderSettings,
  doors: KeyProviderDoors,
  ids: readonly string[],
): Promise<Keys> {
  const words = wordsOf(required(settings, 'command'))
  const keys = new Map<string, Bytes>()
  for (const id of ids) {
    if (id.startsWith('-'))
      throw new ConfigurationError(
        `the id '${id}' of an encryption key would be an option of the command that gives it`,
      )
    const output = await doors.run([...words, id]).catch((error: unknown) => {
      throw new KeyProviderError(`the key '${id}' cannot be had`, { cause: error })
    })
    keys.set(id, masterKeyOf(output, `what the command gives for the key '${id}'`))
  }
  return keys
}

function masterKeyOf(content: Bytes, what: string): Bytes {
  const decoded = decodeMasterKey(content)
  if ('problem' in decoded) throw new KeyProviderError(`${what} is of no use: ${decoded.problem}`)
  return decoded.key
}

async function readPassword(doors: KeyProviderDoors, file: string): Promise<string> {
  return trimmed(Buffer.from(await read(doors, file, 'the password file')).toString('utf8'))
}

/** As Java's String.trim does: all up to U+0020, and nothing else. */
function trimmed(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && text.charCodeAt(start) <= 0x20) start++
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--
  return text.slice(start, end)
}

async function read(doors: KeyProviderDoors, file: string, what: string): Promise<Bytes> {
  try {
    return await doors.readFile(file)
  } catch (error) {
    throw new KeyProviderError(`${what} cannot be read from ${file}`, { cause: error })
  }
}

function attempt<T>(what: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new KeyProviderError(`${what}: ${messageOf(error)}`, { cause: error })
  }
}

function listedKeys({ options }: KeyProviderSettings): readonly string[] {
  return wordsOf(options.keys ?? '')
}

function wordsOf(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

function option({ options }: KeyProviderSettings, key: string): string | undefined {
  const value = Object.hasOwn(options, key) ? options[key]?.trim() : undefined
  return value === '' ? undefined : value
}

function required(settings: KeyProviderSettings, key: string): string {
  const value = option(settings, key)
  if (value === undefined) throw new ConfigurationError(`encryption.keyProvider.${key} is missing`)
  return value
}
