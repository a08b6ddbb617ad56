import { join } from 'node:path'
import ts from 'typescript'
import { root } from '../../servers/server.ts'

export interface TypeProblem {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly message: string
}

/** Checks some files as `npm run types` would. */
export function typeProblems(files: readonly string[]): readonly TypeProblem[] {
  const config = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root)
  const program = ts.createProgram([...files], {
    ...options,
    noEmit: true,
    typeRoots: [join(root, 'node_modules/@types')],
  })
  return files.flatMap((file) => {
    const source = program.getSourceFile(file)!
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    return found.map(({ start, messageText }) => ({
      file,
      line: source.getLineAndCharacterOfPosition(start ?? 0).line + 1,
      message: ts.flattenDiagnosticMessageText(messageText, ' '),
    }))
  })
}
