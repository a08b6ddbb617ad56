#!/usr/bin/env node
import './node-version.ts'

const { runFlumeNg } = await import('../cli/flume-ng.ts')
const { runProcess } = await import('./process.ts')
await runProcess(runFlumeNg)
