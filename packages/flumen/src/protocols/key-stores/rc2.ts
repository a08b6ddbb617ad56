import type { Bytes } from '../../core/index.ts'

/** RC2 (RFC 2268) in CBC mode, deciphering only: old PKCS12 stores keep certificates so, and OpenSSL 3 has no RC2. */
export class Rc2Decipher {
  readonly #key: Uint16Array

  constructor(key: Bytes, effectiveBits: number) {
    this.#key = expandedKey(key, effectiveBits)
  }

  /** @returns the plain text without its padding; undefined when that is wrong */
  decipher(data: Bytes, iv: Bytes): Buffer | undefined {
    if (data.length === 0 || data.length % blockLength !== 0) return undefined
    const source = Buffer.from(data)
    const plain = Buffer.alloc(data.length)
    let previous = Buffer.from(iv)
    for (let start = 0; start < data.length; start += blockLength) {
      const block = source.subarray(start, start + blockLength)
      this.#block(block, plain.subarray(start))
      for (let index = 0; index < blockLength; index++)
        plain[start + index] = plain.readUInt8(start + index) ^ previous.readUInt8(index)
      previous = block
    }
    const padding = plain.readUInt8(plain.length - 1)
    if (padding === 0 || padding > blockLength) return undefined
    const end = plain.length - padding
    return plain.subarray(end).every((byte) => byte === padding) ? plain.subarray(0, end) : undefined
  }

  #block(from: Buffer, to: Buffer): void {
    const words = [0, 2, 4, 6].map((offset) => from.readUInt16LE(offset))
    let next = 63
    for (let round = 15; round >= 0; round--) {
      for (let index = 3; index >= 0; index--) {
        const [a, b, c] = [word(words, index + 1), word(words, index + 2), word(words, index + 3)]
        const rotated = rotatedRight(word(words, index), rotations[index] ?? 0)
        words[index] = (rotated - (this.#key[next] ?? 0) - (c & b) - (~c & a)) & 0xffff
        next -= 1
      }
      if (round !== 5 && round !== 11) continue
      for (let index = 3; index >= 0; index--)
        words[index] = (word(words, index) - (this.#key[word(words, index + 3) & 63] ?? 0)) & 0xffff
    }
    for (let index = 0; index < 4; index++) to.writeUInt16LE(word(words, index), index * 2)
  }
}

const blockLength = 8
const rotations = [1, 2, 3, 5] as const

/** Section 2 of the RFC: 64 words of 16 bits, the low byte first. */
function expandedKey(key: Bytes, effectiveBits: number): Uint16Array {
  const expanded = new Uint8Array(128)
  const at = (index: number): number => expanded[index] ?? 0
  expanded.set(key)
  for (let index = key.length; index < 128; index++)
    expanded[index] = substitution[(at(index - 1) + at(index - key.length)) & 0xff] ?? 0
  const effectiveBytes = Math.ceil(effectiveBits / 8)
  const mask = 0xff >> (8 * effectiveBytes - effectiveBits)
  expanded[128 - effectiveBytes] = substitution[at(128 - effectiveBytes) & mask] ?? 0
  for (let index = 127 - effectiveBytes; index >= 0; index--)
    expanded[index] = substitution[at(index + 1) ^ at(index + effectiveBytes)] ?? 0
  return Uint16Array.from({ length: 64 }, (_, index) => at(2 * index) | (at(2 * index + 1) << 8))
}

/** The next words are those round the block of four. In the RFC: R[i-1], R[i-2], R[i-3]. */
function word(words: readonly number[], index: number): number {
  return words[index & 3] ?? 0
}

function rotatedRight(value: number, by: number): number {
  return ((value >>> by) | (value << (16 - by))) & 0xffff
}

/** PITABLE: the digits of pi as a permutation. */
const substitution = Buffer.from(
  'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2179a59f587b34f1361456d8d09817d32' +
    'bd8f40eb86b77b0bf09521225c6b4e8254d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626' +
    '6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed708e8eade8052eef784aa72ac354d6a2a' +
    '961ad2715a1549744b9fd05e0418a4ecc2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731' +
    '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a90d38341bab33ffb0bb480c5fb9b1cd2e' +
    'c5f3db47e5a59c770aa62068fe7fc1ad',
  'hex',
)
