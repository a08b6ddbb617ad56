import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseJavaProperties } from '../config/java-properties.ts'
import { trimAsJava } from '../config/properties-reader.ts'
import { messageOf } from '../core/index.ts'
import { optionsNamed, ParsedArguments, unknownOption } from './arguments.ts'
import { type Option, UsageError } from './command.ts'
import type { CommandIo } from './io.ts'

const fileName = 'flume.opts'

/**
 * Defaults of a command's options, as Flume reads them: the machine's `flume.opts`, or else the one in the configuration
 * folder; a properties file with long or short names of options. Throws a usage error for what is not an option.
 */
export function readFlumeOpts(
  options: readonly Option[],
  folder: string | undefined,
  { cwd, systemConfiguration }: Pick<CommandIo, 'cwd' | 'systemConfiguration'>,
): ParsedArguments {
  const folders = folder === undefined ? [systemConfiguration] : [systemConfiguration, resolve(cwd, folder)]
  const file = folders.map((each) => join(each, fileName)).find((each) => existsSync(each))
  if (file === undefined) return new ParsedArguments(new Map())
  const values = new Map<string, readonly string[]>()
  const complaints: string[] = []
  for (const { key: rawKey, value: rawValue, line, column } of parseJavaProperties(textOf(file))) {
    const key = trimAsJava(rawKey)
    const value = trimAsJava(rawValue)
    const [option] = optionsNamed(options, key).filter(({ name, short }) => key === name || key === short)
    if (option === undefined || option.attached)
      complaints.push(`${file}:${line}:${column}: ${unknownOption(key, options)}`)
    else if (option.value !== undefined) values.set(option.name, [value])
    else if (/^(true|yes|1)$/i.test(value)) values.set(option.name, ['true'])
    else values.delete(option.name)
  }
  if (complaints.length > 0) throw new UsageError(complaints)
  return new ParsedArguments(values)
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError([`${file} cannot be read: ${messageOf(error)}`])
  }
}
