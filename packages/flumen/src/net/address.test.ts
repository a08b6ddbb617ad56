import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verdictOf } from '../core/index.ts'
import { addressOf, hostAndPort, javaSocketAddress, plainAddress } from './address.ts'

test('an address with its port is written so that it can be read again', () => {
  assert.equal(hostAndPort('127.0.0.1', 44444), '127.0.0.1:44444')
  assert.equal(hostAndPort('::1', 44444), '[::1]:44444')
  assert.equal(hostAndPort(undefined, 44444), '*:44444')
})

test('an address has one form, however the system wrote it', () => {
  assert.equal(plainAddress('::ffff:10.0.0.1'), '10.0.0.1')
  assert.equal(plainAddress('10.0.0.1'), '10.0.0.1')
  assert.equal(plainAddress('0:0:0:0:0:0:0:1'), '::1')
  assert.equal(plainAddress('FE80::0001%eth0'), 'fe80::1%eth0')
  assert.equal(plainAddress(''), '')
})

test('localhost is the IPv4 address, as in Java, and an address stays what it is', async () => {
  assert.equal(await addressOf('localhost'), '127.0.0.1')
  assert.equal(await addressOf('::1'), '::1')
  assert.equal(await addressOf('0.0.0.0'), '0.0.0.0')
})

test('a host name without an address is said to have none', async () => {
  await assert.rejects(addressOf('no-such-host.invalid'), (error: Error) => {
    assert.match(error.message, /the host name no-such-host\.invalid has no address/)
    assert.equal(verdictOf(error), 'fatal')
    return true
  })
})

test('a sender is printed as Java prints it', () => {
  assert.equal(javaSocketAddress('127.0.0.1', 514), '/127.0.0.1:514')
  assert.equal(javaSocketAddress('::ffff:10.0.0.1', 514), '/10.0.0.1:514')
  assert.equal(javaSocketAddress('::1', 514), '/[0:0:0:0:0:0:0:1]:514')
  assert.equal(javaSocketAddress('::', 514), '/[0:0:0:0:0:0:0:0]:514')
  assert.equal(javaSocketAddress('2001:db8::a:0:1', 514), '/[2001:db8:0:0:0:a:0:1]:514')
  assert.equal(javaSocketAddress('1:2:3:4:5:6:7:8', 514), '/[1:2:3:4:5:6:7:8]:514')
  assert.equal(javaSocketAddress('fe80::1%eth0', 514), '/[fe80:0:0:0:0:0:0:1%eth0]:514')
})
