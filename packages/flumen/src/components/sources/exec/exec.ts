import { defineSource, field } from '../../../component/kit.ts'
import { checkCharset } from '../charset-check.ts'
import { ExecSource } from './exec-source.ts'

export default defineSource({
  type: 'exec',
  className: 'org.apache.flume.source.ExecSource',
  summary: 'Runs a command and takes each line that it writes to standard output as an event.',
  description:
    'A line ends with `\\n`, `\\r` or `\\r\\n`; the last one needs no end. While the channel takes nothing the command ' +
    'is not read: its pipe fills and it waits. A stop ends the command and all that it started, and still stores what ' +
    'it wrote. Without `shell` the command is cut at white space and knows no quotes. For files, a source that keeps ' +
    'its position is the better choice.',
  fields: {
    command: field.string({ required: true, doc: 'The command with its arguments, separated by white space.' }),
    shell: field.string({
      doc: 'A shell that gets the whole command as its last argument, for quotes, pipes and variables: /bin/sh -c.',
    }),
    restart: field.boolean({ default: false, doc: 'Runs the command again when it has ended.' }),
    restartThrottle: field.duration({
      default: 10_000,
      unit: 'ms',
      min: 0,
      doc: 'The pause before the command is run again.',
    }),
    logStdErr: field.boolean({ default: false, doc: 'Logs the lines that the command writes to standard error.' }),
    batchSize: field.int({ default: 20, min: 1, doc: 'So many lines are put at once; more where more were read.' }),
    batchTimeout: field.duration({
      default: 3000,
      unit: 'ms',
      min: 0,
      doc: 'The longest that a line waits for a batch to fill.',
    }),
    charset: field.string({
      default: 'UTF-8',
      doc: 'Character set of the output and of the bodies. What is malformed becomes U+FFFD, or `?` where that is not in it.',
    }),
    maxLineLength: field.size({
      default: 1_048_576,
      min: 4,
      doc: 'Longest line in bytes, written in UTF-8; a longer one is cut into several events.',
    }),
  },
  metrics: [
    { name: 'commandStarts', kind: 'counter', doc: 'How often the command was run.' },
    {
      name: 'linesLost',
      kind: 'counter',
      isLoss: true,
      doc: 'Lines that were read and could not be stored before the stop.',
    },
  ],
  examples: [
    'a1.sources.r1.type = exec\na1.sources.r1.command = tail -F /var/log/secure',
    'a1.sources.r1.type = exec\na1.sources.r1.shell = /bin/sh -c\n' +
      'a1.sources.r1.command = for i in /var/log/*.txt; do cat $i; done\na1.sources.r1.restart = true\n' +
      'a1.sources.r1.restartThrottle = 60000\na1.sources.r1.logStdErr = true\na1.sources.r1.batchSize = 100',
  ],
  mayLose: () =>
    'what the command writes while the agent is down is lost, and so is what stands in its pipe at a crash',
  batchSize: ({ batchSize }) => ({ key: 'batchSize', events: batchSize }),
  check: ({ charset }, section) => checkCharset(section, 'charset', charset),
  create: (options, context) => new ExecSource(options, context),
})
