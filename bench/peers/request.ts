import { connect } from 'node:net'

/** Committers that each put a batch, wait until it is committed, and put the next, for a length of time. */
export interface CommitTrial {
  readonly committers: number
  /** Events of a batch. */
  readonly batch: number
  /** Bytes of a body. */
  readonly bytes: number
}

export interface Committed {
  readonly commits: number
  /** From the first put until the last commit, or longer where the program counts what follows too. */
  readonly milliseconds: number
}

/**
 * Asks a program for a pass, over a connection of its own to its port. One line is sent,
 * `COMMITTERS BATCH BYTES MILLISECONDS`, and one comes back, `COMMITS MILLISECONDS`, when the channel is empty again.
 */
export function askForCommits(
  port: number,
  { committers, batch, bytes }: CommitTrial,
  milliseconds: number,
  deadlineMs = 60_000,
): Promise<Committed> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const timer = setTimeout(
      () => socket.destroy(new Error(`no answer for ${(milliseconds + deadlineMs) / 1000} s`)),
      milliseconds + deadlineMs,
    )
    socket.write(`${committers} ${batch} ${bytes} ${milliseconds}\n`)
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text
      if (answer.endsWith('\n')) socket.end()
    })
    socket.once('error', reject)
    socket.once('close', () => {
      clearTimeout(timer)
      const read = readAnswer(answer)
      if (read) resolve(read)
      else reject(new Error(answer.trim() || 'it has closed the connection without an answer'))
    })
  })
}

export function readAnswer(answer: string): Committed | undefined {
  const found = /^(\d+) ([\d.]+)\n$/.exec(answer)
  return found ? { commits: Number(found[1]), milliseconds: Number(found[2]) } : undefined
}
