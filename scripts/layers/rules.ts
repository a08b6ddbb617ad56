/**
 * What each folder of packages/flumen/src may import beside itself. A folder that is not here must be put here first.
 * `index.ts` and `bin/` join everything; other files beside `index.ts` may import all but `components`.
 */
export const layers: Readonly<Record<string, readonly string[]>> = {
  core: [],
  text: ['core'],
  net: ['core'],
  protocols: ['core', 'text'],
  storage: ['core'],
  config: ['core', 'text'],
  component: ['core', 'config', 'text'],
  components: ['core', 'text', 'net', 'protocols', 'storage', 'config', 'component'],
  runtime: ['core', 'config', 'component', 'storage'],
  monitoring: ['core', 'config', 'component', 'net', 'runtime'],
  cli: ['core', 'text', 'net', 'protocols', 'storage', 'config', 'component', 'runtime', 'monitoring', 'client'],
  testing: ['core', 'config', 'component', 'storage'],
  client: ['core', 'config', 'component'],
  embedded: ['core', 'config', 'component', 'runtime'],
}

/** Where the two halves meet: a file or a folder of `src`. */
export const joints: readonly string[] = ['index.ts', 'bin', 'embedded/index.ts', 'client/index.ts']

/** Why `importer` may not import `imported`, both paths from `src`; undefined when it may. */
export function layerProblem(importer: string, imported: string): string | undefined {
  const from = layerOf(importer)
  const to = layerOf(imported)
  if (isJoint(importer) || from === to) return undefined
  if (from !== undefined && !(from in layers)) return `${from} is not in the table of layers (scripts/layers/rules.ts)`
  if (to === undefined || isJoint(imported)) {
    return from === undefined ? undefined : `${from} may not import ${imported}: entry files are for users only`
  }
  if (from === undefined) {
    return to === 'components' ? `only ${joints.join(' and ')} may import components` : undefined
  }
  if (layers[from]!.includes(to)) return undefined
  const allowed = layers[from]!.join(', ') || 'nothing'
  return `${from} may not import ${to} (it may import ${allowed})`
}

/** The folder of `src` that a file is in; undefined for a file of `src` itself. */
export function layerOf(path: string): string | undefined {
  const slash = path.indexOf('/')
  return slash < 0 ? undefined : path.slice(0, slash)
}

function isJoint(path: string): boolean {
  return joints.includes(path) || joints.includes(layerOf(path) ?? '')
}
