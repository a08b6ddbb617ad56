// A process with one TAILDIR source and a channel that is a file: each put is one write of all its lines. It may be
// killed at any moment; what the file holds is what was stored. With `slow` a put takes its time, as where a channel is full.
import { appendFileSync, openSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import taildir from '../../packages/flumen/src/components/sources/taildir/taildir.ts'
import type { EventBatch } from '../../packages/flumen/src/core/index.ts'
import { createForTest } from '../../packages/flumen/src/testing/harness.ts'

const [ledgerPath = '', pace = '', ...settings] = process.argv.slice(2)
const ledger = openSync(ledgerPath, 'a')
const values = Object.fromEntries(settings.map((each) => each.split(/=(.*)/s).slice(0, 2) as [string, string]))

const { instance, observed } = await createForTest(taildir, values, {
  onPut: (batch) => (pace === 'slow' ? sleep(Math.random() * 20).then(() => store(batch)) : store(batch)),
})

/** What the source says stands beside the ledger, also while it waits. */
function tell(): void {
  const said = observed.lines
    .splice(0)
    .map(({ message, facts }) => `${Date.now()} ${message} ${JSON.stringify(facts)}\n`)
  if (said.length > 0) appendFileSync(`${ledgerPath}.log`, said.join(''))
}

function store(batch: EventBatch): void {
  const lines = Array.from(batch, ({ body }) => `${Buffer.from(body).toString()}\n`)
  const bytes = Buffer.from(`${lines.join('')}#\n`)
  for (let done = 0; done < bytes.length; ) done += writeSync(ledger, bytes, done)
}

await instance.start()
process.send?.('running')
const telling = setInterval(tell, 5)

const over = new AbortController()
process.on('message', () => over.abort())
while (instance.kind === 'pollable' && !over.signal.aborted) {
  await instance.poll(over.signal)
  observed.puts.length = 0
}
await instance.stop(5000)
clearInterval(telling)
tell()
process.disconnect()
