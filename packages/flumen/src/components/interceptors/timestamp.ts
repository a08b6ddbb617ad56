import { defineInterceptor, field } from '../../component/kit.ts'
import { addHeader, type ConstantColumn } from './add-header.ts'

export default defineInterceptor({
  type: 'timestamp',
  className: 'org.apache.flume.interceptor.TimestampInterceptor$Builder',
  summary: 'Sets a header to the time when the event comes through, in ms since 1970.',
  description: 'The clock is read once for each batch, so all events of a batch have the same time.',
  fields: {
    headerName: field.string({ default: 'timestamp', aliases: ['header'], doc: 'Name of the header.' }),
    preserveExisting: field.boolean({
      default: false,
      doc: 'Whether an event that has the header keeps its own value.',
    }),
  },
  examples: ['a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = timestamp'],
  outputs: ({ headerName, preserveExisting }) => ({ names: [headerName], overwrites: !preserveExisting }),
  create({ headerName, preserveExisting }, { clock }) {
    let last = Number.NaN
    let column: ConstantColumn
    return {
      intercept(batch) {
        const now = clock.now()
        if (now !== last) {
          last = now
          column = { kind: 'constant', value: now.toFixed(0) }
        }
        return addHeader(batch, headerName, column, preserveExisting)
      },
    }
  },
})
