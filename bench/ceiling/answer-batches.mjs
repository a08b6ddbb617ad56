// A bare Node.js program that answers each request of Flume's Avro protocol with OK and reads no more of it than how many
// events it has. answer-batches.mjs PORT COUNT_PORT
// To a connection to the second port it says `EVENTS TIME` and ends it: all events so far, and when the last of them came,
// in ms of the monotonic clock.
import { createServer } from 'node:net'

/** Of a request, what is read: the handshake, the metadata, the name, and how many events there are. */
const mostRead = 4096
/** Both sides know the protocol: no text, no hash, no metadata. */
const greeting = Buffer.from([0, 0, 0, 0])
/** No metadata, no error, OK. */
const stored = Buffer.from([0, 0, 0])

let events = 0
let last = 0

class Conversation {
  #socket
  #isSettled = false
  #word = Buffer.alloc(8)
  #words = 0
  /** 8 for the head of a frame, 4 for the length of one of its buffers. */
  #needed = 8
  #serial = 0
  #buffers = 0
  #left = 0
  #head = Buffer.alloc(mostRead)
  #length = 0

  constructor(socket) {
    this.#socket = socket
  }

  receive(chunk) {
    let at = 0
    while (at < chunk.length) {
      if (this.#left > 0) at = this.#skip(chunk, at)
      else {
        const length = Math.min(this.#needed - this.#words, chunk.length - at)
        chunk.copy(this.#word, this.#words, at, at + length)
        this.#words += length
        at += length
        if (this.#words < this.#needed) return
        this.#readWord()
      }
      if (this.#needed === 4 && this.#buffers === 0 && this.#left === 0) this.#answer()
    }
  }

  #skip(chunk, at) {
    const length = Math.min(this.#left, chunk.length - at)
    if (this.#length < mostRead) this.#length += chunk.copy(this.#head, this.#length, at, at + length)
    this.#left -= length
    return at + length
  }

  #readWord() {
    this.#words = 0
    if (this.#needed === 8) {
      this.#serial = this.#word.readInt32BE(0)
      this.#buffers = this.#word.readInt32BE(4)
      this.#needed = 4
    } else {
      this.#left = this.#word.readInt32BE(0)
      this.#buffers--
    }
  }

  #answer() {
    events += this.#events()
    last = Number(process.hrtime.bigint()) / 1e6
    const answer = this.#isSettled ? stored : Buffer.concat([greeting, stored])
    const frame = Buffer.alloc(12 + answer.length)
    frame.writeInt32BE(this.#serial, 0)
    frame.writeInt32BE(1, 4)
    frame.writeInt32BE(answer.length, 8)
    answer.copy(frame, 12)
    this.#socket.write(frame)
    this.#isSettled = true
    this.#needed = 8
    this.#length = 0
  }

  #events() {
    const reader = new Reader(this.#head)
    if (!this.#isSettled) {
      reader.at += 16
      if (reader.long() === 1) reader.skip()
      reader.at += 16
      if (reader.long() === 1) reader.skipMap()
    }
    reader.skipMap()
    const name = reader.text()
    if (name === 'append') return 1
    if (name !== 'appendBatch') throw new Error(`a call of "${name}"`)
    return Math.abs(reader.long())
  }
}

/** Avro's binary encoding. */
class Reader {
  at = 0
  #bytes

  constructor(bytes) {
    this.#bytes = bytes
  }

  long() {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.at++]
      value += (byte & 127) * scale
      if (byte < 128) return value % 2 === 1 ? -(value + 1) / 2 : value / 2
    }
  }

  skip() {
    const length = this.long()
    this.at += length
  }

  text() {
    const length = this.long()
    this.at += length
    return this.#bytes.toString('latin1', this.at - length, this.at)
  }

  skipMap() {
    for (let count = this.long(); count !== 0; count = this.long()) {
      if (count < 0) this.long()
      for (let left = Math.abs(count); left > 0; left--) {
        this.skip()
        this.skip()
      }
    }
  }
}

const [port, countPort] = process.argv.slice(2).map(Number)
createServer({ noDelay: true }, (socket) => {
  const conversation = new Conversation(socket)
  socket.on('data', (chunk) => conversation.receive(chunk))
  socket.on('error', () => socket.destroy())
}).listen(port, '127.0.0.1')
createServer((socket) => {
  socket.on('error', () => socket.destroy())
  socket.end(`${events} ${last}\n`)
}).listen(countPort, '127.0.0.1')
