import { field } from '../../../component/kit.ts'
import { clientTlsFields } from '../../rpc/client-tls.ts'

export const ircFields = {
  hostname: field.host({ required: true, doc: "The server's host name or address." }),
  port: field.port({ default: 6667, doc: 'Its port; with TLS often 6697.' }),
  nick: field.string({
    required: true,
    doc: 'The name in the channel. While somebody else has it, it is tried with _ and with digits after it.',
  }),
  chan: field.string({
    required: true,
    doc: 'The channel without its #, which is put before it, as in Flume: flume is #flume, and #flume is ##flume.',
  }),
  password: field.secret({ doc: "The server's password." }),
  user: field.string({ defaultText: 'nick', doc: 'The user name that the server is told.' }),
  name: field.string({ defaultText: 'nick', doc: 'The real name that the server is told.' }),
  splitlines: field.boolean({
    default: false,
    doc: 'Whether each line of an event is a message of its own; otherwise ends of lines become spaces.',
  }),
  splitchars: field.regex({
    default: '\n',
    defaultText: '\\n',
    doc: 'What stands between lines; with splitlines.',
  }),
  batchSize: field.int({
    default: 1,
    min: 1,
    max: 100,
    doc: 'Most events of one take. After a broken connection all of them come again.',
  }),
  maxMessages: field.int({
    default: 50,
    min: 1,
    max: 1000,
    doc: 'Most messages of one event: its text is divided where it is too long for one. What goes beyond is left out.',
  }),
  messageInterval: field.duration({
    default: 0,
    unit: 'ms',
    min: 0,
    doc: 'The pause between two messages; many servers end the connection of who sends too fast.',
  }),
  connectTimeout: field.duration({
    default: 20_000,
    unit: 'ms',
    min: 1,
    doc: 'How long a connection may take.',
  }),
  answerTimeout: field.duration({
    default: 60_000,
    unit: 'ms',
    min: 1,
    doc: 'How long the server may take to welcome, to let into the channel, and to take the messages of a batch.',
  }),
  ...clientTlsFields,
}
