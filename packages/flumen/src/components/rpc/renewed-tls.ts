import { type ComponentContext, messageOf, settledWithin } from '../../core/index.ts'
import type { FromFiles } from '../../net/from-files.ts'
import type { ClientTls } from './client-tls.ts'

/** A file system may hang; what is known already is used then, ms. */
const mostLookMs = 2000

/** TLS for the next connection, from files that may have changed. undefined: no TLS. Never throws. */
export async function renewedTls(
  tls: FromFiles<ClientTls> | undefined,
  { clock, log }: ComponentContext,
): Promise<ClientTls | undefined> {
  const looking = tls?.look(clock.monotonic(), (error) =>
    log.warn('Changed files of TLS cannot be used; those from before are used on.', { error: messageOf(error) }),
  )
  if (looking) await settledWithin(looking, mostLookMs, clock)
  return tls?.value
}
