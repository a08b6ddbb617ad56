// A shop that tells a collector of its orders: orders.ts DIRECTORY HOST PORT. Each line of standard input is an order. Its
// number is printed when the order is safe on this machine's disk, whether the collector is there or not.
import { createInterface } from 'node:readline'
import { EmbeddedAgent } from 'flumen/embedded'

const [directory = 'orders', host = 'localhost', port = '4141'] = process.argv.slice(2)
const agent = new EmbeddedAgent('shop')
await agent.configure({
  'channel.type': 'file',
  'channel.checkpointDir': `${directory}/checkpoint`,
  'channel.dataDirs': `${directory}/data`,
  'channel.minimumRequiredSpace': '64 MiB',
  sinks: 'collector',
  'collector.type': 'avro',
  'collector.hostname': host,
  'collector.port': port,
  'processor.type': 'default',
  'source.interceptors': 'time',
  'source.interceptors.time.type': 'timestamp',
})
await agent.start()

let number = 0
for await (const order of createInterface({ input: process.stdin })) {
  await agent.put({ headers: { topic: 'orders' }, body: order })
  console.log(++number)
}
// What the collector does not have yet is on the disk, and goes out after the next start.
await agent.stop(1000)
