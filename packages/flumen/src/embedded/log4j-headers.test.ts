import assert from 'node:assert/strict'
import { test } from 'node:test'
import { log4jHeaders } from './log4j-headers.ts'

test('a line of a logger has the headers of the log4j appender', () => {
  const headers = log4jHeaders({ logger: 'shop.orders', level: 'WARN', time: 1_700_000_000_123 })
  assert.deepEqual(Object.fromEntries(headers), {
    'flume.client.log4j.logger.name': 'shop.orders',
    'flume.client.log4j.log.level': '30000',
    'flume.client.log4j.timestamp': '1700000000123',
    'flume.client.log4j.message.encoding': 'UTF8',
  })
})

test('levels of pino, winston, log4js and syslog become the numbers of log4j, and what is unknown is left out', () => {
  const numbers = [
    'trace',
    'silly',
    'debug',
    'http',
    'info',
    'notice',
    'warning',
    'error',
    'crit',
    'FATAL',
    12345,
    'odd',
  ]
  assert.deepEqual(
    numbers.map((level) => log4jHeaders({ level }).get('flume.client.log4j.log.level')),
    ['5000', '5000', '10000', '10000', '20000', '20000', '30000', '40000', '50000', '50000', '12345', undefined],
  )
  assert.deepEqual([...log4jHeaders({})], [['flume.client.log4j.message.encoding', 'UTF8']])
})
