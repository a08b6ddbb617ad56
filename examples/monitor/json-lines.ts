import { appendFile } from 'node:fs/promises'
import { type AgentReading, defineMonitor, field, messageOf } from 'flumen'

/** Writes a line of JSON about the agent from time to time: for a machine where nothing asks over the network. */
export default defineMonitor({
  type: 'json-lines',
  summary: 'Writes a line of JSON about the agent to a file, once a minute.',
  fields: {
    file: field.path({ required: true, doc: 'The file that lines are added to.' }),
    every: field.duration({ default: 60, unit: 's', min: 1, doc: 'How often.' }),
  },
  examples: ['a1.flumen.monitoring.type = ./json-lines.ts\na1.flumen.monitoring.file = /var/log/flumen/a1.jsonl'],
  create({ file, every }, { clock, log, read }) {
    const stopped = new AbortController()
    let loop: Promise<void> | undefined

    async function writeLine(): Promise<void> {
      try {
        await appendFile(file, `${JSON.stringify(lineOf(read()))}\n`)
      } catch (error) {
        log.warn('A line about the agent could not be written.', { file, error: messageOf(error) })
      }
    }

    async function run(): Promise<void> {
      while (!stopped.signal.aborted) {
        await writeLine()
        // Rejects when it is stopped.
        await clock.sleep(every, stopped.signal).catch(() => undefined)
      }
    }

    return {
      address: file,
      start: async () => {
        loop = run()
      },
      stop: async () => {
        stopped.abort()
        await loop
      },
    }
  },
})

/** `{"time":"…","ready":true,"received":12,"buffered":{"c1":1},"delivered":11}` */
function lineOf({ at, health, sources, channels, sinks }: AgentReading) {
  return {
    time: new Date(at).toISOString(),
    ready: health.ready,
    received: sources.reduce((sum, { account }) => sum + account.received, 0),
    buffered: Object.fromEntries(channels.map(({ name, size }) => [name, size])),
    delivered: sinks.reduce((sum, { account }) => sum + account.delivered, 0),
  }
}
