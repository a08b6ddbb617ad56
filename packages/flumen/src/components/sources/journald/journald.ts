import { defineSource, field } from '../../../component/kit.ts'
import { JournaldSource } from './journald-source.ts'

export default defineSource({
  type: 'journald',
  summary: "Takes the entries of systemd's journal, an event an entry, each once.",
  description:
    'Runs `journalctl` and follows it. The body of an event is the field MESSAGE; headers are `timestamp` (ms since the ' +
    'epoch), `host`, `Severity` and `Facility` as the sources of syslog have them, and the `fields` by their own names. ' +
    'An entry without MESSAGE has an empty body. Where the journal stands is kept in `cursorFile` once the entries ' +
    'before are stored: a restart goes on there, and a kill repeats what was stored within `writeCursorInterval`. A ' +
    'journalctl that ends is started again after growing pauses. A full channel holds the reading back; the journal ' +
    'keeps the entries meanwhile, as long as its own limits allow.',
  fields: {
    cursorFile: field.path({ required: true, doc: 'Where it stands how far the journal is stored; one a source.' }),
    readFrom: field.enum({
      values: ['start', 'end'],
      default: 'start',
      doc: 'Without a cursor file: begins with the oldest entry, or with those that come.',
    }),
    follow: field.boolean({ default: true, doc: 'Waits for new entries; false: ends behind the last one.' }),
    command: field.string({
      default: 'journalctl',
      doc: 'The command that gets the options of journalctl, with words before them: ssh host journalctl.',
    }),
    directory: field.path({ doc: 'Reads the journal files of this folder instead of those of the machine.' }),
    files: field.list({ default: [], doc: 'Reads these journal files alone.' }),
    units: field.list({ default: [], doc: 'Entries of these units of systemd alone: nginx.service.' }),
    identifiers: field.list({ default: [], doc: 'Entries with these syslog identifiers alone.' }),
    priority: field.enum({
      values: ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'],
      doc: 'Entries of this priority and more urgent ones alone.',
    }),
    matches: field.list({ default: [], doc: 'Entries with these fields alone, as journalctl has it: _UID=0 _PID=1.' }),
    fields: field.list({
      default: ['SYSLOG_IDENTIFIER', '_SYSTEMD_UNIT', '_PID'],
      doc: 'Fields of an entry that become headers of the same name.',
    }),
    batchSize: field.int({ default: 1000, min: 1, doc: 'Most events of one put.' }),
    maxMessageLength: field.size({ default: 1_048_576, min: 1, doc: 'Longest value in bytes; a longer one is cut.' }),
    writeCursorInterval: field.duration({
      default: 1000,
      unit: 'ms',
      min: 0,
      doc: 'The cursor is written so long after entries were stored.',
    }),
  },
  metrics: [
    { name: 'commandStarts', kind: 'counter', doc: 'How often journalctl was run.' },
    { name: 'messagesCut', kind: 'counter', doc: 'Messages that were too long.' },
    { name: 'cursorFailures', kind: 'counter', doc: 'How often the cursor could not be written.' },
  ],
  examples: [
    'a1.sources.r1.type = journald\na1.sources.r1.cursorFile = /var/lib/flumen/journal.cursor',
    'a1.sources.r1.type = journald\na1.sources.r1.cursorFile = /var/lib/flumen/journal.cursor\n' +
      'a1.sources.r1.units = nginx.service php-fpm.service\na1.sources.r1.priority = info\n' +
      'a1.sources.r1.readFrom = end',
  ],
  batchSize: ({ batchSize }) => ({ key: 'batchSize', events: batchSize }),
  check({ matches }, section) {
    const wrong = matches.find((match) => !/^(?:\+|[A-Z0-9_]{1,64}=.*)$/.test(match))
    if (wrong !== undefined) section.error('matches', `"${wrong}" is no FIELD=value`, 'write fields as journalctl does')
  },
  create: ({ command, ...options }, context) =>
    new JournaldSource({ ...options, command: command.split(/\s+/) }, context),
})
