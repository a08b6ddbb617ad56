import { broken, type Line, Span } from './text.ts'

const entries: readonly (readonly [term: string, text: string])[] = [
  ['q, Ctrl-C', 'quits.'],
  ['p, space', 'pauses and goes on.'],
  ['s', 'sorts in another way: problems first, the busiest first, by name.'],
  ['?', 'shows this.'],
  ['', ''],
  ['IN, OUT', 'Events a second, over the last five seconds.'],
  ['BLOCKED', 'How long a source has waited for room in a full channel; "now": it does.'],
  ['HELD / FITS', 'Events in the channel and its capacity. The bar is the fuller of events and bytes.'],
  ['TREND', 'Growth, and when the channel is full or empty if it goes on like this.'],
  ['AGE P50, P99', 'From the arrival of an event to its delivery: half of those of the last ten seconds were faster.'],
  ['RETRIES', 'Attempts after the first. FAILED: attempts that failed. LAST OK: when a delivery last succeeded.'],
  ['└', 'What is odd about the component above: the last failure, events that were dropped or put aside.'],
]

export function helpLines(width: number): Line[] {
  const indent = 15
  const lines = entries.flatMap(([term, text]): Line[] => {
    const [first = '', ...rest] = broken(text, Math.max(10, width - indent))
    const head = [new Span(term.padEnd(indent), 'strong'), new Span(first)]
    return [head, ...rest.map((each) => [new Span(' '.repeat(indent)), new Span(each)])]
  })
  return [[new Span('flumen top', 'name'), new Span(' shows how events move through an agent.')], [], ...lines]
}
