import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const maximumSize = 1024 * 1024

/**
 * The text of a small file (a password, a token) for `${file:…}`.
 * @param charset by its Java or IANA name.
 * @throws an error with a `code`: those of the file system; `EISDIR`, `EINVAL` (neither file nor directory), `EFBIG`
 * (more than 1 MiB); `ERR_ENCODING_NOT_SUPPORTED`, `ERR_ENCODING_INVALID_ENCODED_DATA`.
 */
export function readSmallFile(path: string, charset: string): string {
  const descriptor = openSync(path, 'r')
  try {
    return decode(readBytes(descriptor), charset)
  } finally {
    closeSync(descriptor)
  }
}

function readBytes(descriptor: number): Buffer {
  const status = fstatSync(descriptor)
  if (status.isDirectory()) throw coded('EISDIR')
  if (!status.isFile()) throw coded('EINVAL')
  // Files below /proc and /sys say that they are empty.
  const bytes = Buffer.alloc(Math.min(status.size || maximumSize, maximumSize) + 1)
  let length = 0
  for (let read = -1; read !== 0 && length < bytes.length; length += read) {
    read = readSync(descriptor, bytes, length, bytes.length - length, null)
  }
  if (length > maximumSize) throw coded('EFBIG')
  return bytes.subarray(0, length)
}

function decode(bytes: Buffer, charset: string): string {
  const label = charset.toLowerCase()
  if (label === 'iso-8859-1' || label === 'latin1') return bytes.toString('latin1')
  // Java's UTF-16 is big-endian where no byte-order mark says otherwise.
  const isBigEndian = label === 'utf-16' && !(bytes[0] === 0xff && bytes[1] === 0xfe)
  return new TextDecoder(isBigEndian ? 'utf-16be' : label, { fatal: true }).decode(bytes)
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code })
}
