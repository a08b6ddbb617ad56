import { runFlumeNg } from '../cli/flume-ng.ts'
import { runProcess } from './process.ts'

await runProcess(runFlumeNg)
