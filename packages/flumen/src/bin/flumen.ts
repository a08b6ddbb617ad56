#!/usr/bin/env node
import './node-version.ts'

const { runFlumen } = await import('../cli/flumen.ts')
const { runProcess } = await import('./process.ts')
await runProcess(runFlumen)
