import { basename, dirname } from 'node:path'

/**
 * One component never imports another: not its declaration, and nothing of the folder that is its own. Files without
 * a declaration beside the components of a kind are shared. Paths are from `src`.
 */
export function componentProblem(
  importer: string,
  imported: string,
  isDeclaration: (path: string) => boolean,
): string | undefined {
  if (!importer.startsWith('components/') || !imported.startsWith('components/')) return undefined
  if (importer.endsWith('.generated.ts')) return undefined
  if (imported.endsWith('.generated.ts')) return `a component may not import ${imported}`
  if (isDeclaration(imported)) {
    return `one component never imports another (${imported} is one); share a file without a declaration`
  }
  const owner = ownFolder(imported, isDeclaration)
  if (owner === undefined || importer.startsWith(`${owner}/`)) return undefined
  return `${imported} belongs to the component ${owner}/${basename(owner)}.ts alone`
}

/** The folder `x/` around a file whose declaration is `x/x.ts`. */
function ownFolder(path: string, isDeclaration: (path: string) => boolean): string | undefined {
  for (let folder = dirname(path); folder.includes('/'); folder = dirname(folder)) {
    if (isDeclaration(`${folder}/${basename(folder)}.ts`)) return folder
  }
  return undefined
}
