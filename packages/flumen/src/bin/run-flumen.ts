import { runFlumen } from '../cli/flumen.ts'
import { runProcess } from './process.ts'

await runProcess(runFlumen)
