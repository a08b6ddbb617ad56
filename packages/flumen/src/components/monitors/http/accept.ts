/** The forms of `/metrics`, in the order in which one is preferred where a client does not care. */
const offers = [
  { name: 'json', type: 'application', subtype: 'json', version: undefined },
  { name: 'openmetrics', type: 'application', subtype: 'openmetrics-text', version: '1.0.0' },
  { name: 'prometheus', type: 'text', subtype: 'plain', version: '0.0.4' },
] as const

export type MetricsFormat = (typeof offers)[number]['name']

/** A bound on the work for a header; a real one has five ranges or so. */
const mostRanges = 32

/**
 * The form that an Accept header asks for (RFC 9110, 12.5.1): the highest q; of equal ones the one that is named more
 * exactly; then Flume's JSON, which is also the answer to a client that takes none of them.
 */
export function metricsFormat(accept: string | undefined): MetricsFormat {
  const ranges = (accept ?? '*/*').split(',', mostRanges).map(rangeOf)
  let best: { readonly name: MetricsFormat; readonly q: number; readonly precision: number } | undefined
  for (const offer of offers) {
    const matching = ranges
      .map((range) => ({ q: range.q, precision: precisionOf(range, offer) }))
      .filter(({ precision }) => precision > 0)
      .sort((one, other) => other.precision - one.precision || other.q - one.q)[0]
    if (matching === undefined || matching.q === 0) continue
    if (!best || matching.q > best.q || (matching.q === best.q && matching.precision > best.precision)) {
      best = { name: offer.name, ...matching }
    }
  }
  return best?.name ?? 'json'
}

interface Range {
  readonly type: string
  readonly subtype: string
  readonly version: string | undefined
  readonly q: number
}

function rangeOf(text: string): Range {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const [type = '', subtype = ''] = range.split('/')
  const values = new Map(parameters.map((each) => each.split('=', 2) as [string, string | undefined]))
  const q = Number(values.get('q') ?? 1)
  return {
    type,
    subtype,
    version: values.get('version')?.replaceAll('"', ''),
    q: q >= 0 && q <= 1 ? q : 0,
  }
}

/** 0: does not match; more: the more exactly. */
function precisionOf(range: Range, offer: (typeof offers)[number]): number {
  if (range.type === '*' && range.subtype === '*') return 1
  if (range.type !== offer.type) return 0
  if (range.subtype === '*') return 2
  if (range.subtype !== offer.subtype) return 0
  if (range.version === undefined) return 3
  return range.version === offer.version ? 4 : 0
}
