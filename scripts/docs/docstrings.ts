import { readFileSync } from 'node:fs'
import ts from 'typescript'

export interface Documentation {
  readonly name: string
  /** The docstring, as one paragraph of Markdown. */
  readonly doc: string
  /** Of an interface: its properties. Of a class: none. */
  readonly members: readonly { readonly name: string; readonly doc: string }[]
}

/** The docstrings of the exported classes and interfaces of a source. */
export function docstringsOf(file: string): readonly Documentation[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  return source.statements.flatMap((statement) => {
    if (!(ts.isClassDeclaration(statement) || ts.isInterfaceDeclaration(statement)) || !statement.name) return []
    const members = ts.isInterfaceDeclaration(statement) ? statement.members.flatMap(memberOf) : []
    return [{ name: statement.name.text, doc: docOf(statement), members }]
  })
}

function memberOf(member: ts.TypeElement): { name: string; doc: string }[] {
  return member.name && ts.isIdentifier(member.name) ? [{ name: member.name.text, doc: docOf(member) }] : []
}

function docOf(node: ts.Node): string {
  const blocks = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  const text = blocks.map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '').join('\n')
  return text
    .replaceAll(/\{@link (\w+)\}/g, '`$1`')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
