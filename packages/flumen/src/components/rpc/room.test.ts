import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle } from '../../testing/manual-clock.ts'
import { Room } from './room.ts'

interface Client {
  readonly name: string
}

function five(): readonly Client[] {
  return ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name }))
}

function entering(room: Room<Client>): { readonly seen: string[]; enter(client: Client, bytes: number): void } {
  const seen: string[] = []
  return {
    seen,
    enter: (client, bytes) => void room.enter(client, bytes).then((isIn) => seen.push(`${client.name} ${isIn}`)),
  }
}

test('all are in who find room, and the others in their order as room is made', async () => {
  const room = new Room<Client>(100)
  const { seen, enter } = entering(room)
  const [a, b, c, d, e] = five()
  for (const client of [a!, b!, c!, d!]) enter(client, 50)
  enter(e!, 1)
  await settle()
  assert.deepEqual(seen, ['a true', 'b true'])
  room.leave(b!)
  await settle()
  assert.deepEqual(seen.slice(2), ['c true'])
  room.leave(a!)
  room.leave(c!)
  await settle()
  assert.deepEqual(seen.slice(3), ['d true', 'e true'])
  assert.equal(room.bytes, 51)
  room.leave(d!)
  room.leave(e!)
  assert.equal(room.bytes, 0)
})

test('one that is alone is let in whatever it takes', async () => {
  const room = new Room<Client>(100)
  const { seen, enter } = entering(room)
  const [a, b] = five()
  enter(a!, 1000)
  enter(b!, 1)
  await settle()
  assert.deepEqual(seen, ['a true'])
  room.leave(a!)
  await settle()
  assert.deepEqual(seen, ['a true', 'b true'])
})

test('who gives up is out and those behind it go on; who is in stays', async () => {
  const room = new Room<Client>(100)
  const { seen, enter } = entering(room)
  const [a, b, c] = five()
  enter(a!, 60)
  enter(b!, 60)
  enter(c!, 40)
  room.giveUp(b!)
  room.giveUp(a!)
  await settle()
  assert.deepEqual(seen.toSorted(), ['a true', 'b false', 'c true'])
  assert.equal(room.bytes, 100)
})
