import { defineSink, type OptionsOf, type Section } from '../../../component/kit.ts'
import { checkClientTls } from '../../rpc/client-tls.ts'
import { rpcSinkMetrics } from '../../rpc/rpc-sink-fields.ts'
import { ircFields } from './irc-fields.ts'
import { IrcSink } from './irc-sink.ts'

export default defineSink({
  type: 'irc',
  className: 'org.apache.flume.sink.irc.IRCSink',
  summary: 'Says events in a channel of IRC.',
  description:
    'A connection is made when there is something to say, and stays. A text that is too long for a message is divided; ' +
    'an event without text is passed over. After each batch the server is asked (PING) whether it has read all of it; a ' +
    'batch that breaks off before its answer is said again. Nobody who reads it says so: who is not in the channel at ' +
    'that moment does not get it, and between servers messages may be lost.',
  fields: ircFields,
  metrics: [
    ...rpcSinkMetrics,
    { name: 'messagesSent', kind: 'counter', doc: 'Messages that the server has read.' },
    { name: 'eventsCut', kind: 'counter', doc: 'Events whose end was left out because of maxMessages.' },
  ],
  examples: [
    'a1.sinks.k1.type = irc\na1.sinks.k1.hostname = irc.example.org\na1.sinks.k1.nick = flume\na1.sinks.k1.chan = logs',
    'a1.sinks.k1.type = irc\na1.sinks.k1.hostname = irc.example.org\na1.sinks.k1.port = 6697\n' +
      'a1.sinks.k1.ssl = true\na1.sinks.k1.nick = flume\na1.sinks.k1.chan = logs\n' +
      'a1.sinks.k1.splitlines = true\na1.sinks.k1.messageInterval = 500',
  ],
  batchSize: ({ batchSize }) => ({ key: 'batchSize', events: batchSize }),
  check: (options, section) => {
    checkClientTls(options, section)
    checkNames(options, section)
    const loss = 'IRC confirms nothing: who is not in the channel when an event is said never gets it'
    section.note('', loss, 'send events that must not be lost to another sink as well')
  },
  create: (options, context) => new IrcSink(options, context),
})

const mostChannelBytes = 200

function checkNames({ nick, user, chan }: OptionsOf<typeof ircFields>, section: Section): void {
  for (const [key, text] of Object.entries({ nick, user: user ?? nick })) {
    if (/^[^\s:@!#\0][^\s@!\0]{0,63}$/.test(text)) continue
    section.error(key, `"${text.slice(0, 40)}" is no name in IRC`, 'write up to 9 letters, digits, - or _')
  }
  if (/[\s,\u0007\0]/.test(chan) || Buffer.byteLength(chan) >= mostChannelBytes) {
    section.error('chan', `"${chan.slice(0, 40)}" is no channel`, 'write a name without blanks and commas')
  } else if (chan.startsWith('#')) {
    const message = `the channel is #${chan}: a # is put before the name, as in Flume`
    section.warning('chan', message, `write ${chan.slice(1)} for ${chan}`)
  }
}
