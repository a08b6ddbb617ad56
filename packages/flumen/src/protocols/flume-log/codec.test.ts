import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeInflight, FlumeLogError, readCheckpointMetadata, readLogMetadata } from './index.ts'
import { readEventHeaders, readRecord } from './log-record.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

function damaged(read: () => unknown): void {
  assert.throws(read, (error) => error instanceof FlumeLogError && error.code === 'damaged')
}

// Written by Flume 1.11.
const plain = hex('2e0d0300000015010000001 90ce901000000000021b7a7cefba10100003100000000000000003922a2cefba1010000')
const enciphered = hex(
  '5a0d0300000015010000001 90ce901000000000021 2cbdcefba1010000 2a2a 0a0f41455343 54524e4f50414444494e47' +
    '12056b65792d30 1a10a6f5623fd5c369ba77bb18ba00000001 310000000000000000 3997b7cefba1010000',
)
const checkpoint = hex('240d0300000011b7a7cefba10100001d58020000258e0100002a0a0d010000001558020000')

test('the metadata of a log are what Flume wrote', () => {
  assert.deepEqual(readLogMetadata(plain), {
    version: 3,
    logFileID: 1,
    checkpointPosition: 125_196,
    checkpointWriteOrderID: 0x1a1_fbce_a7b7n,
    backupCheckpointPosition: 0,
    backupCheckpointWriteOrderID: 0x1a1_fbce_a222n,
    encryption: undefined,
  })
  assert.deepEqual(readLogMetadata(enciphered).encryption, {
    cipherProvider: 'AESCTRNOPADDING',
    keyAlias: 'key-0',
    parameters: new Uint8Array(hex('a6f5623fd5c369ba77bb18ba00000001')),
  })
})

test('the metadata of a checkpoint are what Flume wrote', () => {
  const { activeLogs, ...rest } = readCheckpointMetadata(checkpoint)
  assert.deepEqual(rest, { version: 3, writeOrderID: 0x1a1_fbce_a7b7n, queueSize: 600, queueHead: 398 })
  assert.deepEqual([...activeLogs], [[1, 600]])
})

test('metadata that are cut off, or lack what is required, are damaged; fields of a later Flume are passed over', () => {
  for (let length = 0; length < plain.length; length++) damaged(() => readLogMetadata(plain.subarray(0, length)))
  for (let length = 0; length < checkpoint.length; length++)
    damaged(() => readCheckpointMetadata(checkpoint.subarray(0, length)))
  const more = Buffer.concat([hex('34'), plain.subarray(1), hex('70 9601 7a 01 00')])
  assert.equal(readLogMetadata(more).logFileID, 1)
  damaged(() => readLogMetadata(hex('ffffffffffffffffffff01')))
  damaged(() => readLogMetadata(hex('02 0b0c')))
})

test('what was in flight is read by transaction, and its checksum must fit', () => {
  const none = hex('4ae71336e44bf9bf79d2752e234818a5 00000000000000000000000000000000')
  assert.equal(decodeInflight(none).size, 0)
  assert.equal(decodeInflight(new Uint8Array(0)).size, 0)
  none[20] = 1
  damaged(() => decodeInflight(none))
  damaged(() => decodeInflight(new Uint8Array(5)))
})

const header = '17 0d01000000 1121a2cefba1010000 1923a2cefba1010000'

test('a put gives its event; a value may be absent, a name that comes twice has its last value', () => {
  const pairs = '0a06 0a0161 120131 0a03 0a0162 0a06 0a0161 120132'
  const payload = hex(`${header} 1c 0a1a ${pairs} 1203 78797a 00`)
  const record = readRecord(payload, 0, payload.length)
  assert.ok(record.type === 1)
  assert.deepEqual([record.transactionID, record.writeOrderID], [0x1a1_fbce_a221n, 0x1a1_fbce_a223n])
  assert.deepEqual(
    [...readEventHeaders(record.put)],
    [
      ['a', '2'],
      ['b', ''],
    ],
  )
  assert.equal(Buffer.from(payload.subarray(record.put.bodyStart, record.put.bodyEnd)).toString(), 'xyz')
})

test('a record that lacks something, or has something too much, is none', () => {
  const broken = [
    `${header} 00 00`,
    `${header} 02 0a00 00`,
    `${header} 06 0a04 0a02 1200 00`,
    `${header} 04 0a02 1200 00 00`,
    `${header} 04 0a02 1200`,
    `${header} 04 0a09 1200 00`,
    `${header.replace('0d01', '0d02')} 05 0d01000000 00`,
    `${header.replace('0d01', '0d04')} 05 0d03000000 00`,
    `${header.replace('0d01', '0d05')} 05 0d01000000 00`,
    `${header.replace('0d01', '0d03')} 05 0d01000000 00`,
  ]
  for (const each of broken) assert.throws(() => readRecord(hex(each), 0, hex(each).length), { name: 'DamagedBytes' })
  const sound = hex(`${header} 04 0a02 1200 00`)
  assert.equal(readRecord(sound, 0, sound.length).type, 1)
})
