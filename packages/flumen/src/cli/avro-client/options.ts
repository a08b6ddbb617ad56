import type { Option } from '../command.ts'

/** Options of `flume-ng avro-client`: Flume's, and one more. */
export const avroClientOptions: readonly Option[] = [
  {
    name: 'rpcProps',
    short: 'P',
    value: 'FILE',
    doc: 'Properties file of a client (client.type, hosts, …); --host and --port have no effect then.',
  },
  { name: 'host', short: 'H', value: 'HOST', doc: 'Host of the Avro source.' },
  { name: 'port', short: 'p', value: 'PORT', doc: 'Its port.' },
  { name: 'dirname', value: 'DIR', doc: 'Sends the files of a folder and renames each to NAME.COMPLETED.' },
  { name: 'filename', short: 'F', value: 'FILE', doc: 'Sends the lines of a file; otherwise those of standard input.' },
  { name: 'headerFile', short: 'R', value: 'FILE', doc: 'Properties file whose keys are headers of each event.' },
  {
    name: 'give-up-after',
    value: 'TIME',
    doc: 'How long it tries again where nothing is accepted, 60 s unless given; 0: the first failure is the last.',
  },
  { name: 'help', short: 'h', doc: 'Shows this help.' },
]
