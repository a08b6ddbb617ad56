// The thread of a log: opens it, and answers one request after the other.
import { parentPort, receiveMessageOnPort } from 'node:worker_threads'
import { systemFiles } from '../system-files.ts'
import { LogHost } from './log-host.ts'
import { type LogAnswer, type LogRequest, sentError } from './log-messages.ts'
import type { GroupAnswer, ReadAnswer } from './log-port.ts'

const port = parentPort
if (!port) throw new Error('log-thread.ts runs in a worker thread')
const host = new LogHost(systemFiles, (progress) => port.postMessage({ progress }))

/** To look for the next request is worth so long where the last one came sooner, ms: being woken takes a quarter of it. */
const lookMs = 0.2
let lastWait = Number.POSITIVE_INFINITY
let answeredAt = 0

port.on('message', (first: LogRequest) => {
  lastWait = performance.now() - answeredAt
  for (let request: LogRequest | undefined = first; request; request = nextSoon()) {
    const { answer, transfer } = answerTo(request)
    port.postMessage(answer, transfer)
    if (request.kind === 'write') host.prepare()
    else if (request.kind === 'close') port.close()
    answeredAt = performance.now()
  }
})

/** The next request, if it comes at once as the last one did. */
function nextSoon(): LogRequest | undefined {
  if (lastWait > lookMs) return undefined
  const until = answeredAt + lookMs
  do {
    const received = receiveMessageOnPort(port!)
    if (!received) continue
    lastWait = performance.now() - answeredAt
    return received.message as LogRequest
  } while (performance.now() < until)
  lastWait = Number.POSITIVE_INFINITY
  return undefined
}

function answerTo(request: LogRequest): { answer: LogAnswer; transfer: ArrayBuffer[] } {
  try {
    const value = resultOf(request)
    return { answer: { value }, transfer: buffersOf(request, value) }
  } catch (error) {
    return { answer: { error: sentError(error) }, transfer: [] }
  }
}

function resultOf(request: LogRequest): unknown {
  switch (request.kind) {
    case 'open':
      return host.open(request.settings)
    case 'write':
      return host.write(request.group)
    case 'read':
      return host.read(request.cursor, request.from, request.maxBytes)
    case 'tend':
      return host.tend(request.isCheckpointDue)
    case 'close':
      return host.close()
  }
}

/** Memory that is given away with the answer instead of being copied. */
function buffersOf(request: LogRequest, value: unknown): ArrayBuffer[] {
  if (request.kind === 'write') return [(value as GroupAnswer).buffer]
  if (request.kind !== 'read') return []
  const buffers = new Set<ArrayBuffer>()
  for (const { payload } of (value as ReadAnswer).records) buffers.add(payload.buffer as ArrayBuffer)
  return [...buffers]
}
