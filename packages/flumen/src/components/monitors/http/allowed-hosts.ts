import { isIP, isIPv6 } from 'node:net'

/**
 * Guards a server of this machine only against DNS rebinding: a page of the Web whose name suddenly means 127.0.0.1 may
 * ask it through the browser of somebody here, but the request still carries the page's name.
 */
export class AllowedHosts {
  readonly #names: ReadonlySet<string> | undefined

  /**
   * @param address what it listens on; one of another machine's reach is not guarded
   * @param bind as it is configured
   */
  constructor(address: string, bind: string) {
    if (!isLoopback(address)) return
    const inUrl = (host: string): string => (isIPv6(host) ? `[${host}]` : host)
    this.#names = new Set(['localhost', '127.0.0.1', '[::1]', inUrl(address), inUrl(bind.toLowerCase())])
  }

  /** @param host of the request; none (HTTP/1.0) is no browser's */
  refusal(host: string | undefined): string | undefined {
    if (this.#names === undefined || host === undefined) return undefined
    const name = host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '')
    if (this.#names.has(name)) return undefined
    return 'This listens on this machine only and answers to localhost, 127.0.0.1 and [::1]; ask for one of them, or set flume.monitoring.bind.'
  }
}

function isLoopback(address: string): boolean {
  return isIP(address) === 4 ? address.startsWith('127.') : address === '::1' || address.startsWith('::ffff:127.')
}
