import ts from 'typescript'

export interface Import {
  readonly specifier: string
  /** From 1. */
  readonly line: number
}

export interface Scanned {
  readonly imports: readonly Import[]
  readonly hasDefaultExport: boolean
}

/** Every import of a source: statements, re-exports, `import()` with a text, `import('…')` in types. */
export function scan(text: string): Scanned {
  const source = ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS)
  const imports: Import[] = []
  const add = (node: ts.Expression): void => {
    if (!ts.isStringLiteralLike(node)) return
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
    imports.push({ specifier: node.text, line: line + 1 })
  }
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node)
    if (specifier) add(specifier)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return { imports, hasDefaultExport: source.statements.some(isDefaultExport) }
}

function specifierOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0]
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal as ts.Expression
  return undefined
}

function isDefaultExport(statement: ts.Statement): boolean {
  if (ts.isExportAssignment(statement)) return statement.isExportEquals !== true
  if (!ts.canHaveModifiers(statement)) return false
  return ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) ?? false
}
