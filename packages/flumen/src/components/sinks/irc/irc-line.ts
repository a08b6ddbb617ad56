/** One line from a server. */
export interface IrcLine {
  /** Before the `!` of the prefix: who sent it; empty: the server. */
  readonly from: string
  /** In capitals, or three digits. */
  readonly command: string
  readonly params: readonly string[]
}

/** 8191 bytes of tags and 512 of the rest. */
const longestLine = 8703

/** Cuts what a server sends into lines. */
export class IrcLineReader {
  #rest: Buffer = Buffer.alloc(0)

  /** @throws RangeError for a line that is too long */
  receive(chunk: Uint8Array): readonly IrcLine[] {
    const bytes = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk])
    const lines: IrcLine[] = []
    let from = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      checkLength(end - from)
      const line = parseIrcLine(bytes.toString('utf8', from, end))
      if (line) lines.push(line)
      from = end + 1
    }
    checkLength(bytes.length - from)
    this.#rest = Buffer.from(bytes.subarray(from))
    return lines
  }
}

function checkLength(bytes: number): void {
  if (bytes > longestLine) throw new RangeError(`a line has more than ${longestLine} bytes`)
}

const pattern = /^(?:@[^ ]* +)?(?::([^ ]*) +)?([A-Za-z]+|\d{3})(?= |$)(.*)$/

/** undefined: nothing that a server says. */
export function parseIrcLine(text: string): IrcLine | undefined {
  const [, prefix = '', command, rest = ''] = pattern.exec(text.replace(/\r+$/, '')) ?? []
  if (command === undefined) return undefined
  const params: string[] = []
  let left = rest.trimStart()
  while (left !== '' && !left.startsWith(':')) {
    const space = left.indexOf(' ')
    params.push(space < 0 ? left : left.slice(0, space))
    left = space < 0 ? '' : left.slice(space).trimStart()
  }
  if (left.startsWith(':')) params.push(left.slice(1))
  const end = prefix.indexOf('!')
  return { from: end < 0 ? '' : prefix.slice(0, end), command: command.toUpperCase(), params }
}

/** Ends of lines would begin commands, NUL ends a line early, and \x01 asks the programs of those who read for something. */
const unsafe = /[\u0000\u0001\r\n]+/g

export function safeText(text: string): string {
  return text.replaceAll(unsafe, ' ')
}

/** Pieces of a text that have at most so many bytes of UTF-8 each, cut between characters; none of an empty text. */
export function piecesOf(text: string, mostBytes: number): readonly string[] {
  const pieces: string[] = []
  let from = 0
  let bytes = 0
  for (let at = 0; at < text.length; ) {
    const point = text.codePointAt(at)!
    const own = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
    if (bytes + own > mostBytes) {
      pieces.push(text.slice(from, at))
      from = at
      bytes = 0
    }
    bytes += own
    at += point < 0x10000 ? 1 : 2
  }
  if (from < text.length) pieces.push(text.slice(from))
  return pieces
}

const longestMessage = 512
const longestHost = 63
const longestUser = 11

/** Bytes of text that others get whole: the server puts `:nick!user@host ` before the message. */
export function textBytesFor(nick: string, channel: string): number {
  const prefix = `:${nick}!@ PRIVMSG ${channel} :\r\n`
  return Math.max(100, longestMessage - Buffer.byteLength(prefix) - longestHost - longestUser)
}
