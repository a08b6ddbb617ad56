import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeldRequests, type Waiter } from './held-requests.ts'

class Client implements Waiter {
  isWaiting = false
  wait(): void {
    this.isWaiting = true
  }
  goOn(): void {
    this.isWaiting = false
  }
}

function three(): readonly [Client, Client, Client] {
  return [new Client(), new Client(), new Client()]
}

test('within the bound nobody waits', () => {
  const held = new HeldRequests<Client>(100)
  const clients = three()
  for (const client of clients) held.set(client, 30)
  assert.equal(held.bytes, 90)
  assert.ok(clients.every(({ isWaiting }) => !isWaiting))
})

test('beyond the bound those wait whose requests grow, but never the one that began first', () => {
  const held = new HeldRequests<Client>(100)
  const [first, second, third] = three()
  held.set(first, 50)
  held.set(second, 40)
  held.set(third, 20)
  assert.deepEqual([first.isWaiting, second.isWaiting, third.isWaiting], [false, false, true])
  held.set(first, 500)
  assert.equal(first.isWaiting, false)
  held.set(second, 41)
  assert.equal(second.isWaiting, true)
})

test('when the first is done the next becomes the first, and all go on once there is room', () => {
  const held = new HeldRequests<Client>(100)
  const [first, second, third] = three()
  held.set(first, 90)
  held.set(second, 80)
  held.set(third, 70)
  assert.deepEqual([second.isWaiting, third.isWaiting], [true, true])
  held.set(first, 0)
  assert.deepEqual([second.isWaiting, third.isWaiting], [false, true])
  held.remove(second)
  assert.equal(third.isWaiting, false)
  held.remove(third)
  assert.equal(held.bytes, 0)
})

test('one that holds nothing any more is read on, however much the others hold', () => {
  const held = new HeldRequests<Client>(100)
  const [first, second, third] = three()
  held.set(first, 500)
  held.set(second, 10)
  held.set(third, 10)
  assert.deepEqual([second.isWaiting, third.isWaiting], [true, true])
  held.set(second, 0)
  assert.deepEqual([second.isWaiting, third.isWaiting], [false, true])
  assert.equal(held.bytes, 510)
})

test('one that is gone while it waits is not woken', () => {
  const held = new HeldRequests<Client>(10)
  const [first, second] = three()
  held.set(first, 9)
  held.set(second, 9)
  held.remove(second)
  assert.equal(second.isWaiting, true)
  held.remove(first)
  assert.equal(held.bytes, 0)
})
