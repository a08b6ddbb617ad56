import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metricsFormat } from './accept.ts'

const prometheus2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
const prometheus3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,/;q=0.1'
const telegraf =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3'
const firefox = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'

test('clients that say nothing, take everything or are browsers get the JSON of Flume', () => {
  const clients = [undefined, '', '*/*', firefox, 'application/json', 'application/json, text/plain, */*', 'image/png']
  for (const accept of clients) assert.equal(metricsFormat(accept), 'json', accept)
})

test('Prometheus and what scrapes like it get what they prefer', () => {
  assert.equal(metricsFormat(prometheus2), 'openmetrics')
  assert.equal(metricsFormat(prometheus3), 'openmetrics')
  assert.equal(metricsFormat(telegraf), 'prometheus')
  assert.equal(metricsFormat('text/plain;version=0.0.4;q=1,*/*;q=0.1'), 'prometheus')
  assert.equal(metricsFormat('text/plain; version=0.0.4, */*'), 'prometheus')
  assert.equal(metricsFormat('text/plain'), 'prometheus')
  assert.equal(metricsFormat('text/*'), 'prometheus')
})

test('q values decide, and 0 means never', () => {
  assert.equal(metricsFormat('application/json;q=0.2, text/plain;q=0.3'), 'prometheus')
  assert.equal(metricsFormat('application/json;q=0.4, text/plain;q=0.3'), 'json')
  assert.equal(metricsFormat('application/json;q=0, */*'), 'openmetrics')
  assert.equal(metricsFormat('*/*, application/json;q=0.1'), 'openmetrics')
  assert.equal(metricsFormat('text/plain;version=0.0.4;q=0, text/plain;q=1, application/json;q=0.5'), 'json')
})

test('versions that are not spoken here do not count', () => {
  assert.equal(metricsFormat('text/plain;version=1.0.0'), 'json')
  assert.equal(
    metricsFormat('application/openmetrics-text;version=2.0.0, text/plain;version="0.0.4";q=0.1'),
    'prometheus',
  )
})

test('nonsense is no error', () => {
  for (const accept of [',,,', ';;q=', 'text/plain;q=x', '/', '*/plain', 'a/b/c;=;q=9', '\u0000', '*/*,'.repeat(5000)])
    assert.equal(metricsFormat(accept), 'json', accept.slice(0, 20))
})
