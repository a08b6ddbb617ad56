import { helpOption } from '../agent-options.ts'
import { type Command, statuses } from '../command.ts'
import { flumenVersion, flumeVersion } from '../version-info.ts'

export const versionCommand: Command = {
  name: 'version',
  summary: 'Says which Flumen this is.',
  usage: [''],
  options: [helpOption],
  examples: [],
  run({ io }) {
    const { node } = process.versions
    io.stdout.write(`Flumen ${flumenVersion()} (takes configurations of Flume ${flumeVersion}; Node.js ${node})\n`)
    return Promise.resolve(statuses.ok)
  },
}
