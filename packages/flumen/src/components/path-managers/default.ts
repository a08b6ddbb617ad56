import { definePathManager } from '../../component/kit.ts'
import { fileName, nameFields } from './file-name.ts'

export default definePathManager({
  type: 'default',
  className: 'org.apache.flume.formatter.output.DefaultPathManager$Builder',
  summary: 'Names files after the time at which the sink was made, in ms, and a number that counts up.',
  description: 'For example `1357872222123-1`, `1357872222123-2`, and so on.',
  fields: nameFields,
  examples: [
    'a1.sinks.k1.type = file_roll\na1.sinks.k1.sink.directory = /var/log/flumen\n' +
      'a1.sinks.k1.sink.pathManager = default\na1.sinks.k1.sink.pathManager.prefix = access-\n' +
      'a1.sinks.k1.sink.pathManager.extension = log',
  ],
  create: (options, { clock }) => {
    const series = String(clock.now())
    let index = 0
    return { nextName: () => fileName(options, series, ++index) }
  },
})
