import { defineSource, field } from '../../../component/kit.ts'
import { datagramMetrics } from '../datagram-server.ts'
import { NetcatUdpSource } from './netcat-udp-source.ts'

export default defineSource({
  type: 'netcatudp',
  className: 'org.apache.flume.source.NetcatUdpSource',
  summary: 'Takes datagrams over UDP, an event a datagram.',
  description:
    'The body of an event is what a datagram has before its first `\\n`, byte for byte; the rest is discarded. Nobody is ' +
    'answered, so nobody can be held back: a datagram that the channel does not take is dropped and counted, and so are ' +
    'those that the kernel drops because its buffer is full (as Linux tells). A larger `receiveBufferBytes` bears longer ' +
    'bursts; the system bounds it (`net.core.rmem_max`).',
  fields: {
    bind: field.host({ defaultText: 'all addresses', doc: 'Host name or address to listen on.' }),
    port: field.port({ required: true, doc: 'Port to listen on; 0 takes a free one.' }),
    remoteAddress: field.string({
      aliases: ['remoteAddressHeader'],
      doc: 'Name of a header that gets the sender, as /address:port. Unset: no such header.',
    }),
    receiveBufferBytes: field.size({
      min: 1,
      defaultText: 'what the system gives',
      doc: 'Size of the buffer in which the kernel keeps datagrams until they are read.',
    }),
  },
  metrics: datagramMetrics,
  examples: [
    'a1.sources.r1.type = netcatudp\na1.sources.r1.port = 6666',
    'a1.sources.r1.type = netcatudp\na1.sources.r1.bind = 0.0.0.0\na1.sources.r1.port = 6666\n' +
      'a1.sources.r1.remoteAddress = sender\na1.sources.r1.receiveBufferBytes = 4MiB',
  ],
  mayLose: () =>
    'a sender over UDP is not told what is stored, and what cannot be stored at once is dropped and counted',
  listens: ({ bind, port }) => [{ key: 'port', protocol: 'udp', host: bind, port }],
  create: (options, context) => new NetcatUdpSource(options, context),
})
