import { type Charset, javaCharset } from '../../../text/java-charset.ts'

/** Turns a chunk of a client's bytes into UTF-8. `undefined`: some of them are no text in the encoding. */
export type ChunkDecoder = (chunk: Buffer) => Buffer | undefined

export interface ReplyEncoder {
  /** That so many lines are stored. */
  acknowledgements(lines: number): Uint8Array
  reply(text: string): Uint8Array
}

/** How one source reads its clients' bytes and writes its answers. Decoders and encoders belong to one client. */
export interface NetcatEncoding {
  /** `undefined`: the bytes are UTF-8 and need no decoding, only a check. */
  decoder(): ChunkDecoder | undefined
  encoder(): ReplyEncoder
}

/** @param name of a character set that there is */
export function netcatEncoding(name: string): NetcatEncoding {
  const charset = javaCharset(name)!
  if (charset.isUtf8) return { decoder: () => undefined, encoder: () => utf8Replies }
  return { decoder: () => decoderOf(charset), encoder: () => repliesIn(charset) }
}

const okBytes = Buffer.from('OK\n'.repeat(1024))

const utf8Replies: ReplyEncoder = {
  acknowledgements: (lines) =>
    lines * 3 <= okBytes.length ? okBytes.subarray(0, lines * 3) : Buffer.alloc(lines * 3, 'OK\n'),
  reply: (text) => Buffer.from(text),
}

function decoderOf(charset: Charset): ChunkDecoder {
  const decoder = charset.strictDecoder()
  return (chunk) => {
    try {
      const text = decoder.decode(chunk, true)
      const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
      bytes.write(text)
      return bytes
    } catch {
      return undefined
    }
  }
}

function repliesIn(charset: Charset): ReplyEncoder {
  let encode = encoderOf(charset)
  const reply = (text: string): Uint8Array => {
    const bytes = encode(text)
    // Java's encoder writes its byte order mark once.
    if (charset.name === 'UTF-16') encode = encoderOf(javaCharset('UTF-16BE')!)
    return bytes
  }
  return { reply, acknowledgements: (lines) => reply('OK\n'.repeat(lines)) }
}

/** Those that cannot be written here have ASCII within them. */
function encoderOf({ encode }: Charset): (text: string) => Uint8Array {
  return encode ?? javaCharset('US-ASCII')!.encode!
}
