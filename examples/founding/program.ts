// Lines of standard input go through memory to standard output, until Ctrl+C or the end of the input.
import { Channel, Sink, Source } from 'flumen'

const source = new Source('stdin_source', 'stdin')
const channel = new Channel('memory_channel')
const sink = new Sink('stdout_sink', 'stdout')

source.addChannel(channel)
channel.addSink(sink)

await source.start()
await channel.start()
await sink.start()

process.once('SIGINT', async () => {
  await source.stop()
  await channel.stop()
  await sink.stop()
})
