import { definePathManager } from '../../component/kit.ts'
import { fileName, nameFields } from './file-name.ts'

export default definePathManager({
  type: 'rolltime',
  className: 'org.apache.flume.formatter.output.RollTimePathManager$Builder',
  summary: 'Names files after the local time at which they begin, to the second, and a number.',
  description: 'For example `20130111024342-1`. The number begins again at 1 with each second.',
  fields: nameFields,
  examples: [
    'a1.sinks.k1.type = file_roll\na1.sinks.k1.sink.directory = /var/log/flumen\n' +
      'a1.sinks.k1.sink.pathManager = rolltime\na1.sinks.k1.sink.pathManager.extension = log',
  ],
  create: (options) => {
    let series = ''
    let index = 0
    return {
      nextName(now) {
        const second = localSecond(new Date(now))
        index = second === series ? index + 1 : 1
        series = second
        return fileName(options, series, index)
      },
    }
  },
})

/** `yyyyMMddHHmmss` in the time zone of the process. */
function localSecond(date: Date): string {
  const rest = [date.getMonth() + 1, date.getDate(), date.getHours(), date.getMinutes(), date.getSeconds()]
  return String(date.getFullYear()).padStart(4, '0') + rest.map((number) => String(number).padStart(2, '0')).join('')
}
