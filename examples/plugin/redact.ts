import { defineInterceptor, field } from 'flumen'

/** Blacks out runs of digits that are as long as a card number. */
export default defineInterceptor({
  type: 'redact',
  summary: 'Replaces long runs of digits in bodies by a mask.',
  fields: {
    digits: field.int({ default: 13, min: 1, max: 100, doc: 'Shortest run of digits that is replaced.' }),
    mask: field.string({ default: '[redacted]', doc: 'What stands in its place.' }),
  },
  examples: [
    'a1.sources.r1.interceptors = i1\na1.sources.r1.interceptors.i1.type = ./redact.ts\na1.sources.r1.interceptors.i1.digits = 12',
  ],
  create({ digits, mask }) {
    const run = new RegExp(`[0-9]{${digits},}`, 'g')
    return {
      intercept(batch) {
        let changed = false
        const bodies = Array.from({ length: batch.length }, (_, row) => {
          const text = batch.text(row)
          const redacted = text.replaceAll(run, mask)
          if (redacted === text) return batch.body(row)
          changed = true
          return Buffer.from(redacted)
        })
        return changed ? batch.withBodies(bodies) : batch
      },
    }
  },
})
