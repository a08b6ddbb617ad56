/** As UTF-8. Half of a pair becomes `?`, as in Java. @returns the place behind it */
export function writeCharacter(bytes: Uint8Array, at: number, code: number): number {
  if (code < 0x80) {
    bytes[at] = code
    return at + 1
  }
  if (code < 0x800) {
    bytes[at] = 0xc0 | (code >> 6)
    bytes[at + 1] = 0x80 | (code & 0x3f)
    return at + 2
  }
  if (code >= 0xd800 && code <= 0xdfff) {
    bytes[at] = 0x3f
    return at + 1
  }
  if (code < 0x10000) {
    bytes[at] = 0xe0 | (code >> 12)
    bytes[at + 1] = 0x80 | ((code >> 6) & 0x3f)
    bytes[at + 2] = 0x80 | (code & 0x3f)
    return at + 3
  }
  bytes[at] = 0xf0 | (code >> 18)
  bytes[at + 1] = 0x80 | ((code >> 12) & 0x3f)
  bytes[at + 2] = 0x80 | ((code >> 6) & 0x3f)
  bytes[at + 3] = 0x80 | (code & 0x3f)
  return at + 4
}
