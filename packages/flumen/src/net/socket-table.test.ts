import assert from 'node:assert/strict'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { addressesOverlap, parseSocketTable, socketTable } from './socket-table.ts'

const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:AD9C 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 81234 1 0000000000000000 100 0 0 10 0
   1: 0100007F:AD9C 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 81239 1 0000000000000000 20 4 30 10 -1
`
const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 99 1 0 100 0 0 10 0
   1: 0000000000000000FFFF00000100007F:1F91 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 98 1 0 100 0 0 10 0
   2: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 97 1 0 100 0 0 10 0
`
const udp = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  310: 00000000:0202 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0000000000000000 4242
`

test('rows of the table tell address, port, state, inode and drops', () => {
  assert.deepEqual(parseSocketTable(tcp), [
    { address: '127.0.0.1', port: 44444, isListening: true, inode: '81234', drops: 0 },
    { address: '127.0.0.1', port: 44444, isListening: false, inode: '81239', drops: 0 },
  ])
  assert.deepEqual(
    parseSocketTable(tcp6).map(({ address, port }) => `${address} ${port}`),
    ['::1 8080', '127.0.0.1 8081', ':: 80'],
  )
  assert.deepEqual(parseSocketTable(udp), [
    { address: '0.0.0.0', port: 514, isListening: false, inode: '4711', drops: 4242 },
  ])
})

test('text that is no table has no rows', () => {
  assert.deepEqual(parseSocketTable(''), [])
  assert.deepEqual(parseSocketTable('one\ntwo three\n  4: XYZ:12 a b c d e f g 9\n'), [])
})

test("addresses stand in each other's way when they are equal or one is for all", () => {
  assert.ok(addressesOverlap('127.0.0.1', '127.0.0.1'))
  assert.ok(addressesOverlap('0.0.0.0', '127.0.0.1'))
  assert.ok(addressesOverlap('::1', '::'))
  assert.ok(!addressesOverlap('127.0.0.2', '127.0.0.1'))
})

test('a server of this process is in the table where the system has one', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const rows = (await socketTable('tcp')).filter((row) => row.port === port && row.isListening)
  server.close()
  assert.deepEqual(
    rows.map(({ address }) => address),
    process.platform === 'linux' ? ['127.0.0.1'] : [],
  )
})
