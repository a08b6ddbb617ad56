// Bundles the JavaScript of packages/flumen: few files, since each one that an agent loads costs half a millisecond of
// its start (docs/decisions/006). A component stays in a file of its own, which is loaded when a configuration names it,
// but for those that agent-start.ts names: they are one file with the agent, and their `import()` is a promise that is
// kept already.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { build } from 'esbuild'

const commands = ['flumen', 'flume-ng']

/**
 * @param source folder of the TypeScript
 * @param dist folder for the JavaScript
 */
export async function bundle(source, dist) {
  const start = join(source, 'bin/agent-start.ts')
  const shared = {
    outdir: dist,
    outbase: source,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    packages: 'external',
    logLevel: 'warning',
    write: false,
  }
  const entries = [
    ...commands.map((name) => `bin/run-${name}.ts`),
    'index.ts',
    'embedded/index.ts',
    'client/index.ts',
    'testing/index.ts',
  ]
  // Threads are files of their own, which carry nothing of an agent's start.
  const threads = ['storage/thread/log-thread.ts']
  const most = await build({
    ...shared,
    entryPoints: entries.map((path) => join(source, path)),
    // All that it imports is reached from every entry, and what the same entries reach becomes one file.
    inject: [start],
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    plugins: [together(start)],
  })
  // These look at the version of Node.js, and turn the cache of compiled code on, before anything else is loaded.
  const first = await build({
    ...shared,
    entryPoints: commands.map((name) => join(source, `bin/${name}.ts`)),
    plugins: [later],
  })
  const threaded = await build({
    ...shared,
    entryPoints: threads.map((path) => join(source, path)),
    splitting: true,
    chunkNames: 'chunks/thread-[hash]',
  })
  for (const { path, text } of [...most.outputFiles, ...first.outputFiles, ...threaded.outputFiles]) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, relative(dist, path).startsWith('testing') ? text : withPlainBuiltins(text, path))
  }
}

/** `import('./x.ts')` of a module that `start` imports becomes a promise of the module, which is there anyway. */
function together(start) {
  const members = new Set(
    Array.from(readFileSync(start, 'utf8').matchAll(/^import '(.+)'$/gm), ([, path]) => beside(start, path)),
  )
  return {
    name: 'together',
    setup: ({ onLoad }) =>
      onLoad({ filter: /\.ts$/ }, ({ path: importer }) => {
        const imports = []
        const text = readFileSync(importer, 'utf8').replace(/\bimport\('(\.[^']+)'\)/g, (written, path) => {
          if (!members.has(beside(importer, path))) return written
          imports.push(`import * as together${imports.length} from '${path}'`)
          return `Promise.resolve(together${imports.length - 1})`
        })
        return imports.length === 0 ? undefined : { contents: `${text}\n${imports.join('\n')}\n`, loader: 'ts' }
      }),
  }
}

function beside(file, path) {
  return resolve(dirname(file), path)
}

const later = {
  name: 'later',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\/run-.*\.ts$/ }, ({ path }) => ({ path: path.replace(/\.ts$/, '.js'), external: true })),
}

/**
 * An `import` of a module of Node.js asks for each of its exports, and some of them load more when they are asked for:
 * `node:http` the whole of `fetch`, `node:fs` its promises: 10 MB at rest.
 */
function withPlainBuiltins(text, path) {
  const changed = text.replace(/^import ([^;"]+) from "(node:[^"]+)";$/gm, (_, names, name) => {
    const bound = names.startsWith('{') ? names.replaceAll(' as ', ': ') : names.replace(/^\* as /, '')
    return `const ${bound} = process.getBuiltinModule("${name}");`
  })
  const left = /^.*(?:from|import) "node:.*$/m.exec(changed)
  if (left) throw new Error(`${path}: an import that bundle.mjs does not know: ${left[0]}`)
  return changed
}
