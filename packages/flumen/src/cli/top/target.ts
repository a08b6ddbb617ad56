/** Where `flume.monitoring.port` puts an agent unless it is set. */
export const defaultAddress = '127.0.0.1:41414'

const defaultPort = '41414'

/** Where an agent is asked. */
export interface Target {
  readonly url: URL
  /** For people: host and port, and the path where it is an odd one; never a password. */
  readonly address: string
}

/** `HOST:PORT`, `HOST`, `:PORT`, `PORT` or a URL; undefined for what is none of them. */
export function targetOf(word: string): Target | undefined {
  const isUrl = /^https?:\/\//i.test(word)
  const url = isUrl ? parsed(word) : urlOfHost(word)
  if (!url || url.hostname === '') return undefined
  if (url.pathname === '/') url.pathname = '/status'
  url.hash = ''
  const path = url.pathname === '/status' && url.search === '' ? '' : `${url.pathname}${url.search}`
  const scheme = url.protocol === 'https:' ? 'https://' : ''
  return { url, address: `${scheme}${url.host}${path}` }
}

function urlOfHost(word: string): URL | undefined {
  if (word === '' || /[/?#@\s\\]/.test(word)) return undefined
  if (/^\d+$/.test(word)) return parsed(`http://127.0.0.1:${word}/`)
  const whole = word.startsWith(':') && !word.startsWith('::') ? `127.0.0.1${word}` : word
  const isBareIpV6 = whole.split(':').length > 2 && !whole.startsWith('[')
  const host = isBareIpV6 ? `[${whole}]` : whole
  return parsed(/:\d+$/.test(host) && !isBareIpV6 ? `http://${host}/` : `http://${host}:${defaultPort}/`)
}

function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}
