// Real gmond takes the packets of the monitor and tells them as XML. Those of Ganglia 3.0 it does not read any more.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flumeAttributes } from '../../packages/flumen/src/component/flume-attributes.ts'
import ganglia from '../../packages/flumen/src/components/monitors/ganglia.ts'
import { readingForTest, startMonitor } from '../../packages/flumen/src/testing/index.ts'
import { gangliaXml, gmond } from '../../servers/gmond.ts'
import { skipUnless, waitUntil } from '../../servers/server.ts'

const attributes = [...flumeAttributes(readingForTest())].flatMap(([component, members]) =>
  Object.entries(members).map(([name, value]) => [`flume.${component}.${name}`, value] as const),
)

test('gmond knows every attribute of the agent after one round of packets', async (t) => {
  if (!(await skipUnless(t, gmond))) return
  await using server = await gmond.start({})
  await server.ready()
  await startMonitor(t, ganglia, { hosts: `127.0.0.1:${server.ports.metrics}` })
  const xml = await waitUntil('all metrics are there', async () => {
    const text = await gangliaXml(server)
    return text.split('<METRIC ').length > attributes.length ? text : undefined
  })
  for (const [name, value] of attributes) {
    const [, theirs, type] = new RegExp(`<METRIC NAME="${name}" VAL="([^"]*)" TYPE="(\\w+)"`).exec(xml) ?? []
    assert.equal(type, name.endsWith('.Type') ? 'string' : 'float', name)
    assert.equal(theirs, value, name)
  }
  assert.match(xml, /<EXTRA_ELEMENT NAME="GROUP" VAL="flume"\/>/)
})
