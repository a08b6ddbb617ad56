// Logs with log4js through an embedded agent: program.ts HOST PORT LINES.
import { promisify } from 'node:util'
import log4js from 'log4js'
import appender from './appender.ts'

const [host = 'localhost', port = '4141', lines = '3'] = process.argv.slice(2)
log4js.configure({
  appenders: {
    flumen: {
      type: appender,
      name: 'shop',
      properties: {
        'channel.type': 'memory',
        'channel.capacity': '100000',
        sinks: 'collector',
        'collector.type': 'avro',
        'collector.hostname': host,
        'collector.port': port,
        'processor.type': 'default',
      },
    },
  },
  categories: { default: { appenders: ['flumen'], level: 'debug' } },
})
const log = log4js.getLogger('orders')
for (let number = 1; number <= Number(lines); number++) log.info('Order %d came.', number)
log.warn('The last one: %s.', 'grüße')
await promisify(log4js.shutdown)()
