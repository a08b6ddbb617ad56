import { defineInterceptor, field } from '../../component/kit.ts'
import { addHeader } from './add-header.ts'

export default defineInterceptor({
  type: 'static',
  className: 'org.apache.flume.interceptor.StaticInterceptor$Builder',
  summary: 'Sets a header to a fixed value.',
  fields: {
    key: field.string({ default: 'key', doc: 'Name of the header.' }),
    value: field.string({ default: 'value', doc: 'Value of the header.' }),
    preserveExisting: field.boolean({
      default: true,
      doc: 'Whether an event that has the header keeps its own value.',
    }),
  },
  examples: [
    'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = static\n' +
      'a1.sources.r1.interceptors.i1.key = datacenter\na1.sources.r1.interceptors.i1.value = PRG1',
  ],
  outputs: ({ key, preserveExisting }) => ({ names: [key], overwrites: !preserveExisting }),
  create({ key, value, preserveExisting }) {
    const column = { kind: 'constant', value } as const
    return { intercept: (batch) => addHeader(batch, key, column, preserveExisting) }
  },
})
