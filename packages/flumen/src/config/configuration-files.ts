import { isUtf8 } from 'node:buffer'
import { type FileHandle, open, opendir, stat } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { didYouMean } from './did-you-mean.ts'
import { readJson } from './json-reader.ts'
import type { Problems } from './problem.ts'
import { readProperties } from './properties-reader.ts'
import { Settings } from './settings.ts'
import { readYaml } from './yaml-reader.ts'

export interface ConfigurationFileOptions {
  /** Larger files are not read; 16 MiB unless given. */
  readonly maximumBytes?: number
}

/**
 * Reads configuration files in order into one map; later files win. The ending says the syntax: `.yaml`, `.yml` and
 * `.json`, everything else are properties. What cannot be read is an error that names the file and the mend; nothing
 * throws. A properties file that is not UTF-8 is read as ISO-8859-1, as Flume reads all, with an error, or with a
 * warning where just comments are concerned.
 */
export async function readConfigurationFiles(
  paths: readonly string[],
  problems: Problems,
  { maximumBytes = 16 * 1024 * 1024 }: ConfigurationFileOptions = {},
): Promise<Settings> {
  const settings = new Settings()
  for (const path of paths) {
    const bytes = await readBytes(path, maximumBytes, problems)
    if (bytes) settings.merge(await readSettings(bytes, path, problems))
  }
  return settings
}

async function readSettings(bytes: Buffer, path: string, problems: Problems): Promise<Settings> {
  const extension = extname(path).toLowerCase()
  const isYaml = extension === '.yaml' || extension === '.yml'
  const isProperties = !isYaml && extension !== '.json'
  if (!isUtf8(bytes))
    return isProperties ? readLatin(bytes, path, problems) : reportEncoding(bytes, path, 'error', problems)
  const text = bytes.toString('utf8')
  if (isYaml) return readYaml(text, path, problems)
  return isProperties ? readProperties(text, path, problems) : readJson(text, path, problems)
}

function readLatin(bytes: Buffer, path: string, problems: Problems): Settings {
  if (isUtf16(bytes)) return reportEncoding(bytes, path, 'error', problems)
  const settings = readProperties(bytes.toString('latin1'), path, problems)
  const isAscii = [...settings].every(({ key, value }) => !/[\u0080-\u00ff]/.test(key + value))
  reportEncoding(bytes, path, isAscii ? 'warning' : 'error', problems)
  return settings
}

/** @returns no settings. */
function reportEncoding(bytes: Buffer, path: string, severity: 'error' | 'warning', problems: Problems): Settings {
  const encoding = isUtf16(bytes) ? 'UTF-16, not UTF-8' : 'not UTF-8'
  problems.add(severity, badPlace(bytes, path), '', `the file is ${encoding}`, 'save it in UTF-8')
  return new Settings()
}

function isUtf16(bytes: Buffer): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
}

/** Where the first byte stands that is not UTF-8. */
function badPlace(bytes: Buffer, file: string) {
  for (let line = 1, start = 0; ; line++) {
    const newline = bytes.indexOf(0x0a, start)
    const content = bytes.subarray(start, newline < 0 ? bytes.length : newline)
    if (!isUtf8(content)) return { file, line, column: content.toString('utf8').indexOf('\uFFFD') + 1 }
    if (newline < 0) return { file, line, column: 1 }
    start = newline + 1
  }
}

/** The bytes of a regular file, or undefined with a problem. */
async function readBytes(path: string, maximumBytes: number, problems: Problems): Promise<Buffer | undefined> {
  const fail = (message: string, fix: string): undefined => {
    problems.error({ file: path, line: 0, column: 0 }, '', message, fix)
  }
  try {
    const status = await stat(path)
    if (status.isDirectory()) return fail('this is a directory', 'name a file in it')
    if (!status.isFile()) return fail('this is not a regular file', 'write the configuration to a file')
    await using file = await open(path)
    const bytes = await readUpTo(file, maximumBytes + 1, status.size)
    if (bytes.length <= maximumBytes) return bytes
    return fail(`the file is larger than ${maximumBytes} bytes`, 'split it, or see whether this is the right file')
  } catch (error) {
    return fail(...(await explain(path, (error as NodeJS.ErrnoException).code ?? '')))
  }
}

async function readUpTo(file: FileHandle, maximum: number, size: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let total = 0
  while (total < maximum) {
    const chunk = Buffer.allocUnsafe(Math.min(maximum - total, Math.max(size - total + 1, 64 * 1024)))
    const { bytesRead } = await file.read(chunk, 0, chunk.length)
    if (bytesRead === 0) break
    chunks.push(chunk.subarray(0, bytesRead))
    total += bytesRead
  }
  return Buffer.concat(chunks)
}

async function explain(path: string, code: string): Promise<[message: string, fix: string]> {
  if (code === 'ENOENT' || code === 'ENOTDIR') return ['there is no such file', await nearFile(path)]
  if (code === 'EACCES' || code === 'EPERM')
    return ['this user may not read the file', 'give the user the right to read it']
  return [`the file cannot be read (${code || 'unknown reason'})`, 'see that the path is right and the disk is well']
}

const maximumEntries = 1_000

async function nearFile(path: string): Promise<string> {
  const directory = dirname(path)
  const names: string[] = []
  try {
    for await (const { name } of await opendir(directory)) {
      names.push(name)
      if (names.length >= maximumEntries) break
    }
  } catch {
    return `the directory ${directory} cannot be read, or is not there`
  }
  const near = didYouMean(basename(path), names.sort())
  return near ? `did you mean ${join(directory, near)}` : 'see that the path is right'
}
