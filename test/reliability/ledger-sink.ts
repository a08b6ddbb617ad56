import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { defineSink, EventDeliveryError, field } from 'flumen'
import { deliveredLines } from './delivered-lines.ts'
import { Ledger } from './ledger.ts'

/** Every batch is on the disk when it is acknowledged. While a file `<path>.down` is there, it takes nothing. */
export default defineSink({
  type: 'ledger',
  summary: 'Writes what the oracle of the reliability tests reads.',
  fields: {
    path: field.path({ required: true, doc: 'The ledger; beside it `.lag` with how late the event loop was, ms.' }),
  },
  examples: ['a1.sinks.k1.type = ./ledger-sink.ts\na1.sinks.k1.path = /tmp/ledger'],
  create({ path }) {
    let ledger: Ledger | undefined
    let timer: NodeJS.Timeout | undefined
    const delay = monitorEventLoopDelay({ resolution: 5 })
    return {
      limits: { events: 100, bytes: 1 << 24, lingerMs: 0, inFlight: 1, ordered: true },
      start: async () => {
        ledger = new Ledger(path)
        delay.enable()
        timer = setInterval(() => {
          const lag = { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 }
          writeFileSync(`${path}.lag.new`, JSON.stringify(lag))
          renameSync(`${path}.lag.new`, `${path}.lag`)
        }, 500).unref()
      },
      stop: async () => {
        clearInterval(timer)
        delay.disable()
        ledger?.close()
        ledger = undefined
      },
      deliver(batch) {
        if (!ledger || existsSync(`${path}.down`)) throw new EventDeliveryError('the test says so')
        ledger.append(deliveredLines(batch))
      },
    }
  },
})
