/**
 * Bytes that are no Thrift, or not what this service speaks. `answer` says what a server does: a call with wrong
 * arguments gets an exception and the connection goes on; where nobody knows what comes next it is closed.
 */
export class ThriftError extends Error {
  readonly answer: 'exception' | 'close'

  constructor(message: string, answer: 'exception' | 'close') {
    super(message)
    this.name = 'ThriftError'
    this.answer = answer
  }
}

/** The end came before the value was whole. */
export function truncated(): ThriftError {
  return new ThriftError('the message ends within a value', 'close')
}

export function malformed(message: string): ThriftError {
  return new ThriftError(message, 'exception')
}
