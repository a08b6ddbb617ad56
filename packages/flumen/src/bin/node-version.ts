// The first module that runs: nothing newer than what old versions of Node can load may stand here or be imported.
const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 24) {
  console.error(
    `flumen needs Node.js 24 or newer, and this is ${process.versions.node}; install it, or put it first on the PATH.`,
  )
  process.exit(2)
}

// Compiled code is kept in the package's own folder, where nobody else can put any; one that cannot be written is no
// reason to stop.
if (import.meta.url.endsWith('.js')) {
  process.getBuiltinModule('node:module').enableCompileCache(`${import.meta.dirname}/../.compile-cache`)
}

export {}
