// Logs with pino through an embedded agent: program.ts HOST PORT LINES.
import { join } from 'node:path'
import pino from 'pino'

const [host = 'localhost', port = '4141', lines = '3'] = process.argv.slice(2)
const transport = pino.transport({
  target: join(import.meta.dirname, 'transport.ts'),
  options: {
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
})
const log = pino({ name: 'orders', level: 'debug' }, transport)
for (let number = 1; number <= Number(lines); number++) log.info({ number }, 'An order came.')
log.child({ customer: 'grüße' }).warn('The last one.')
