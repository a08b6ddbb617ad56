// Logs with winston through an embedded agent: program.ts HOST PORT LINES.
import { once } from 'node:events'
import winston from 'winston'
import { FlumenTransport } from './transport.ts'

const [host = 'localhost', port = '4141', lines = '3'] = process.argv.slice(2)
const log = winston.createLogger({
  level: 'debug',
  defaultMeta: { logger: 'orders' },
  format: winston.format.json(),
  transports: [
    new FlumenTransport({
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
    }),
  ],
})
for (let number = 1; number <= Number(lines); number++) log.info('An order came.', { number })
log.child({ customer: 'grüße' }).warn('The last one.')
log.end()
await once(log, 'finish')
