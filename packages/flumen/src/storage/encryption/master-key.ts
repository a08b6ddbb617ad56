import type { Bytes } from '../../core/index.ts'

/** Lengths of AES keys, bytes: what Flume's stores hold. The cipher of a segment has 256 bits in any case. */
export const masterKeyLengths: readonly number[] = [16, 24, 32]

/** What is wrong with a key of so many bytes, and how to make a good one; undefined when nothing is. */
export function masterKeyProblem(length: number): string | undefined {
  if (masterKeyLengths.includes(length)) return undefined
  return `an encryption key has 16, 24 or 32 bytes, not ${length}; make one with: openssl rand -hex 32`
}

/**
 * The key in a file or in what a command prints. In this order: a PEM block of any label whose base64 is the key itself
 * (`-----BEGIN AES KEY-----`), hexadecimal digits, base64, and else the bytes as they are. Blanks and line ends round
 * text do not count.
 */
export function decodeMasterKey(content: Bytes): { readonly key: Bytes } | { readonly problem: string } {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  const text = bytes.toString('latin1').trim()
  const decoded = fromPem(text) ?? fromHex(text) ?? fromBase64(text) ?? bytes
  const problem = masterKeyProblem(decoded.length)
  return problem === undefined ? { key: Uint8Array.from(decoded) } : { problem }
}

function fromPem(text: string): Buffer | undefined {
  const match = /^-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----$/.exec(text)
  return match?.[2] === undefined ? undefined : Buffer.from(match[2], 'base64')
}

/** Of any even count, so that a key that is cut off is refused and not taken for something else. */
function fromHex(text: string): Buffer | undefined {
  return /^(?:[0-9a-fA-F]{2}){16,}$/.test(text) ? Buffer.from(text, 'hex') : undefined
}

/** Only whole keys: 24 letters with `==` at the end, 32, and 44 with `=`. */
function fromBase64(text: string): Buffer | undefined {
  const isKey = /^(?:[A-Za-z0-9+/]{22}==|[A-Za-z0-9+/]{32}|[A-Za-z0-9+/]{43}=)$/.test(text)
  return isKey ? Buffer.from(text, 'base64') : undefined
}
