import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problems } from '../config/problem.ts'
import { Reading } from '../config/section.ts'
import { Settings } from '../config/settings.ts'
import { catalogueOf } from '../testing/catalogue-of.ts'
import { findClashes } from './addresses.ts'
import { type Declaration, defineSource, type Listen } from './kit.ts'
import type { ComponentPlan } from './plan.ts'
import { PlanContext } from './plan-context.ts'

const place = { file: 'flume.conf', line: 1, column: 1 }

/** Two components that listen like this, and what is said. */
function clash(...listens: readonly Listen[]): readonly string[] {
  const components = listens.map((listen, index): ComponentPlan => {
    const declaration = defineSource({
      summary: 'Listens.',
      fields: {},
      examples: [],
      listens: () => [listen],
      create: () => assert.fail('nothing is made in this test'),
    }) as Declaration
    return { name: `r${index}`, declaration, options: {}, key: `a1.sources.r${index}`, place }
  })
  const problems = new Problems()
  const context = new PlanContext(new Reading(new Settings(), problems), catalogueOf(), 'a1')
  const clashing = findClashes(context, components)
  assert.equal(clashing.size, problems.all.length)
  return problems.all.map(({ key, message, fix }) => `${key}: ${message}; ${fix}`)
}

function tcp(host: string | undefined, port: number | string = 44444): Listen {
  return { key: 'port', protocol: 'tcp', host, port }
}

test('two components on one address clash, and the second is told of the first', () => {
  assert.deepEqual(clash(tcp('10.0.0.1'), tcp('10.0.0.1')), [
    'a1.sources.r1.port: tcp port 44444 is also used by a1.sources.r0; give one of them another one',
  ])
  assert.equal(clash(tcp('10.0.0.1'), tcp('10.0.0.1'), tcp('10.0.0.1')).length, 2)
})

test('all addresses hold every single one', () => {
  for (const all of [undefined, '0.0.0.0', '::']) {
    for (const one of ['127.0.0.1', 'localhost', 'web.example', '0.0.0.0', '::', undefined]) {
      assert.equal(clash(tcp(all), tcp(one)).length, 1, `${all} ${one}`)
      assert.equal(clash(tcp(one), tcp(all)).length, 1, `${one} ${all}`)
    }
  }
})

test('all IPv4 addresses hold no IPv6 address, all addresses do', () => {
  assert.equal(clash(tcp('0.0.0.0'), tcp('::1')).length, 0)
  assert.equal(clash(tcp('fe80::1'), tcp('0.0.0.0')).length, 0)
  assert.equal(clash(tcp('::'), tcp('::1')).length, 1)
})

test('one address in two spellings is one address', () => {
  for (const [one, other] of [
    ['localhost', '127.0.0.1'],
    ['Web.Example', 'web.example'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['2001:DB8::1', '2001:db8:0::1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
  ]) {
    assert.equal(clash(tcp(one), tcp(other)).length, 1, `${one} ${other}`)
  }
})

test('different addresses, ports and protocols do not clash', () => {
  assert.deepEqual(clash(tcp('10.0.0.1'), tcp('10.0.0.2')), [])
  assert.deepEqual(clash(tcp(undefined, 1), tcp(undefined, 2)), [])
  assert.deepEqual(clash(tcp(undefined), { ...tcp(undefined), protocol: 'udp' }), [])
})

test('port 0 is a free one each time', () => {
  assert.deepEqual(clash(tcp('127.0.0.1', 0), tcp('127.0.0.1', 0)), [])
})

test('the path of a Unix socket is an address too', () => {
  const unix = (path: string): Listen => ({ key: 'path', protocol: 'unix', host: undefined, port: path })
  assert.deepEqual(clash(unix('/run/a'), unix('/run/a')), [
    'a1.sources.r1.path: socket /run/a is also used by a1.sources.r0; give one of them another one',
  ])
  assert.deepEqual(clash(unix('/run/a'), unix('/run/b')), [])
})
