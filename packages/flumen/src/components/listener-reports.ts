import { messageOf, type SourceContext } from '../core/index.ts'
import type { TcpListenerOptions } from '../net/tcp-listener.ts'

type Reports = Required<Pick<TcpListenerOptions, 'onRefused' | 'onTlsError' | 'onBrokenTlsFiles' | 'onAcceptError'>>

/** What a source says and counts of connections that come to nothing. */
export function listenerReports({ log, metrics }: Pick<SourceContext, 'log' | 'metrics'>): Reports {
  return {
    onRefused: (bound) => {
      metrics.counter('connectionsRefused').add(1)
      log.warn('Connections over a bound are closed.', { bound })
    },
    onTlsError: (error, client) => {
      metrics.counter('tlsFailures').add(1)
      log.warn('A client failed to agree on TLS.', { client, error: error.message })
    },
    onBrokenTlsFiles: (error) =>
      log.warn('Changed files of TLS cannot be used; those from before are used on.', { error: messageOf(error) }),
    onAcceptError: (error) => log.warn('A connection could not be accepted.', { error: error.message }),
  }
}
