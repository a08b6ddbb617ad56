import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { test } from 'node:test'
import { canonicalName, type HostResolver, localAddress } from './local-host.ts'

function resolver(addresses: Record<string, string[]>, names: Record<string, string> = {}): HostResolver {
  return {
    addresses: async (name) => addresses[name] ?? Promise.reject(new Error(`ENOTFOUND ${name}`)),
    nameOf: async (address) => names[address] ?? Promise.reject(new Error(`ENOTFOUND ${address}`)),
  }
}

test('the local address is the first that the name of this machine stands for', async () => {
  assert.equal(await localAddress(resolver({ [hostname()]: ['10.0.0.7', 'fd00::7'] })), '10.0.0.7')
})

test('a name without an address is an error', async () => {
  await assert.rejects(localAddress(resolver({})), /ENOTFOUND/)
  await assert.rejects(localAddress(resolver({ [hostname()]: [] })), /has no address/)
})

test('the canonical name is what the address stands for', async () => {
  const known = { [hostname()]: ['10.0.0.7'], 'web-1.example.org': ['10.0.0.9', '10.0.0.7'] }
  assert.equal(await canonicalName(resolver(known, { '10.0.0.7': 'web-1.example.org' })), 'web-1.example.org')
})

test('the canonical name is the address where there is no name, or one that stands for something else', async () => {
  const known = { [hostname()]: ['10.0.0.7'], 'other.example.org': ['10.0.0.9'] }
  assert.equal(await canonicalName(resolver(known)), '10.0.0.7')
  assert.equal(await canonicalName(resolver(known, { '10.0.0.7': 'other.example.org' })), '10.0.0.7')
  assert.equal(await canonicalName(resolver(known, { '10.0.0.7': 'unknown.example.org' })), '10.0.0.7')
})
