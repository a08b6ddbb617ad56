import type { Catalogue } from '../component/catalogue.ts'
import { retryFields } from '../component/common-fields.ts'
import { classNamesOf, type Declaration, typeNameOf } from '../component/declaration.ts'
import { type Kind, kindNames } from '../component/kind.ts'
import type { FieldRow, Fields } from '../config/field.ts'
import { spellingOf } from './arguments.ts'
import type { Command, Option } from './command.ts'
import type { TextOutput } from './io.ts'
import { definitionList, table, widthOf, wrap } from './text-table.ts'

/** The help of one command, from its declaration. */
export function commandHelp(command: Command, program: string, out: TextOutput): string {
  const width = widthOf(out)
  const usage = command.usage.map((rest) => `  ${program} ${command.name} ${rest}`.trimEnd())
  const sections = [
    `${wrap(command.summary, width).join('\n')}\n`,
    `Usage:\n${usage.join('\n')}\n`,
    ...(command.description ?? []).map((paragraph) => `${wrap(paragraph, width).join('\n')}\n`),
    optionsHelp(
      'Options:',
      command.options.filter(({ later }) => !later),
      width,
    ),
    optionsHelp(
      'With a later version:',
      command.options.filter(({ later }) => later),
      width,
    ),
    command.examples.length > 0 ? `Examples:\n${command.examples.map(exampleHelp).join('')}` : '',
  ]
  return sections.filter((section) => section !== '').join('\n')
}

function exampleHelp({ line, doc }: Command['examples'][number]): string {
  return `  # ${doc}\n  ${line}\n`
}

function optionsHelp(title: string, options: readonly Option[], width: number): string {
  if (options.length === 0) return ''
  const rows = options.map((option): [string, string] => [optionTerm(option), option.doc])
  return `${title}\n${definitionList(rows, width)}`
}

function optionTerm(option: Option): string {
  if (option.attached) return `${spellingOf(option)}${option.value ?? ''}`
  const short = option.short === undefined ? '' : `-${option.short}, `
  return `${short}--${option.name}${option.value === undefined ? '' : ` ${option.value}`}`
}

/** All components of a kind with what they do. */
export function kindHelp(kind: Kind, catalogue: Catalogue, out: TextOutput): string {
  const { one, many } = kindNames[kind]
  const entries = catalogue.entries.filter((entry) => entry.kind === kind)
  const rows = entries
    .map((entry): [string, string] => [entry.type ?? entry.classNames[0] ?? '', entry.summary])
    .sort(([left], [right]) => (left < right ? -1 : 1))
  const title = `${many[0]!.toUpperCase()}${many.slice(1)}`
  const more = `\nMore about one: flumen help ${one.replaceAll(' ', '-')} TYPE\n`
  return `${title}:\n${definitionList(rows, widthOf(out))}${more}`
}

/** One component: what it does, the table of its keys, examples. */
export function componentHelp(declaration: Declaration, out: TextOutput): string {
  const width = widthOf(out)
  const { one } = kindNames[declaration.kind]
  const names = [...(declaration.aliases ?? []), ...classNamesOf(declaration)].filter(
    (name) => name !== typeNameOf(declaration),
  )
  const paragraphs = (declaration.description ?? '').split(/\n\s*\n/).filter((text) => text.trim() !== '')
  const sections = [
    `${one} ${typeNameOf(declaration)}\n`,
    `${wrap(declaration.summary, width).join('\n')}\n`,
    names.length > 0 ? `${wrap(`Also: ${names.join(', ')}`, width).join('\n')}\n` : '',
    ...paragraphs.map((paragraph) => `${wrap(paragraph, width).join('\n')}\n`),
    keysHelp('Keys:', declaration.fields, width),
    keysHelp(`Keys that every ${one} has:`, commonFields(declaration.kind), width),
    declaration.examples.length > 0 ? `Examples:\n${declaration.examples.map(indented).join('\n')}` : '',
  ]
  return sections.filter((section) => section !== '').join('\n')
}

function commonFields(kind: Kind): Fields {
  return kind === 'source' || kind === 'sink' ? retryFields : {}
}

function keysHelp(title: string, fields: Fields, width: number): string {
  const rows = Object.entries(fields).flatMap(([name, field]) => field.rows(name))
  if (rows.length === 0) return ''
  const cells = rows.map((row) => [row.key, kindOf(row), defaultOf(row), meaningOf(row)])
  return `${title}\n${table(['key', 'kind', 'default', 'meaning'], cells, width)}`
}

function kindOf({ kind, unit }: FieldRow): string {
  return unit === undefined ? kind : `${kind} (${unit})`
}

function defaultOf({ required, defaultText }: FieldRow): string {
  return required ? '(needed)' : (defaultText ?? '')
}

function meaningOf({ doc, constraint, ignored, aliases }: FieldRow): string {
  const notes = [
    constraint === undefined ? '' : `(${constraint})`,
    aliases.length > 0 ? `Also written ${aliases.join(', ')}.` : '',
    ignored === undefined ? '' : `Does nothing here: ${ignored}.`,
  ]
  return [doc, ...notes.filter((note) => note !== '')].join(' ')
}

function indented(example: string): string {
  return example
    .split('\n')
    .map((line) => `  ${line}\n`)
    .join('')
}
