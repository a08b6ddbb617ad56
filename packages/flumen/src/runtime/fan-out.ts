import { type Channel, codeOf, type Demand, type EventBatch, type Origin, type PutTransaction } from '../core/index.ts'

/** What one channel gets of a put. */
export interface Share {
  readonly channel: Channel
  /** Number of the channel in the agent. */
  readonly ordinal: number
  readonly batch: EventBatch
  readonly demand: Demand
  /** When its channel gives up waiting for room (keep-alive), on the monotonic clock. */
  readonly deadlineMs: number
}

/** Is told while a put waits for room. */
export interface RoomWatch {
  enter(): void
  leave(): void
}

/** Rounds of "wait holding nothing, then try all" before the ordered wait, so that nobody starves. */
const politeRounds = 3

/**
 * Stores every share or none. A full channel is waited for while nothing is held, so that a dead channel never blocks a
 * healthy one; then all are reserved at once. Who is overtaken too often reserves in the agent-wide order of channels,
 * in which no two puts can wait for each other. Channels whose commit can fail commit first; memory cannot fail after
 * its reserve. Answers without a promise when nothing has to be waited for.
 */
export function commitAll(
  shares: readonly Share[],
  signal: AbortSignal,
  origin?: Origin,
  watch: RoomWatch = unwatched,
): void | Promise<void> {
  if (shares.length === 0) return
  if (shares.length === 1) return commitOne(shares[0]!, signal, origin, watch)
  const held = reserveNow(shares)
  if (!Array.isArray(held)) {
    watch.enter()
    return waitForAll(shares, held.full, signal)
      .finally(() => watch.leave())
      .then((waited) => commitHeld(waited.shares, waited.held, origin))
  }
  return commitHeld(shares, held, origin)
}

function commitOne(
  { channel, batch, demand, deadlineMs }: Share,
  signal: AbortSignal,
  origin: Origin | undefined,
  watch: RoomWatch,
): void | Promise<void> {
  const transaction = channel.reserve(demand, { deadlineMs, signal })
  if (transaction instanceof Promise) {
    watch.enter()
    return transaction.finally(() => watch.leave()).then((granted) => granted.commit(batch, origin))
  }
  return transaction.commit(batch, origin)
}

/** All reservations, or the share whose channel is full; nothing is held then. */
function reserveNow(shares: readonly Share[]): PutTransaction[] | { readonly full: Share } {
  const held: PutTransaction[] = []
  for (const share of shares) {
    try {
      const transaction = share.channel.reserve(share.demand, { deadlineMs: 0, signal: neverAborted })
      if (transaction instanceof Promise) {
        transaction.then(
          (granted) => granted.rollback(),
          () => undefined,
        )
        rollbackAll(held)
        return { full: share }
      }
      held.push(transaction)
    } catch (error) {
      rollbackAll(held)
      if (codeOf(error) !== 'CHANNEL_FULL') throw error
      return { full: share }
    }
  }
  return held
}

/** Waits until every share has its room. */
async function waitForAll(
  shares: readonly Share[],
  firstFull: Share,
  signal: AbortSignal,
): Promise<{ readonly shares: readonly Share[]; readonly held: readonly PutTransaction[] }> {
  let full = firstFull
  for (let round = 0; round < politeRounds; round++) {
    const room = await full.channel.reserve(full.demand, { deadlineMs: full.deadlineMs, signal })
    room.rollback()
    const held = reserveNow(shares)
    if (Array.isArray(held)) return { shares, held }
    full = held.full
  }
  const ordered = shares.toSorted((one, other) => one.ordinal - other.ordinal)
  const held: PutTransaction[] = []
  try {
    for (const { channel, demand, deadlineMs } of ordered)
      held.push(await channel.reserve(demand, { deadlineMs, signal }))
  } catch (error) {
    rollbackAll(held)
    throw error
  }
  return { shares: ordered, held }
}

function commitHeld(
  shares: readonly Share[],
  held: readonly PutTransaction[],
  origin: Origin | undefined,
): void | Promise<void> {
  if (shares.some(({ channel }) => channel.commitCanFail)) return commitFallible(shares, held, origin)
  for (let index = 0; index < shares.length; index++) void held[index]!.commit(shares[index]!.batch, origin)
}

async function commitFallible(
  shares: readonly Share[],
  held: readonly PutTransaction[],
  origin: Origin | undefined,
): Promise<void> {
  const order = [...shares.keys()].sort(
    (one, other) => Number(shares[other]!.channel.commitCanFail) - Number(shares[one]!.channel.commitCanFail),
  )
  let at = 0
  try {
    for (; at < order.length; at++) await held[order[at]!]!.commit(shares[order[at]!]!.batch, origin)
  } catch (error) {
    for (const index of order.slice(at)) held[index]!.rollback()
    throw error
  }
}

function rollbackAll(held: readonly PutTransaction[]): void {
  for (const transaction of held) transaction.rollback()
}

const unwatched: RoomWatch = { enter: () => undefined, leave: () => undefined }
const neverAborted = new AbortController().signal
