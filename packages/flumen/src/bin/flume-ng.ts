#!/usr/bin/env node
import './node-version.ts'

await import('./run-flume-ng.ts')
