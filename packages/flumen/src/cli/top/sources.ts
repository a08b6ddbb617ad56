import { commonColumns, counted, failureNote, type Judged, lossNotes, notesLine, stateOf, times } from './components.ts'
import type { SourceFlow } from './flow.ts'
import { duration, rate } from './human.ts'
import type { SectionPlan } from './section.ts'
import { type Line, Span } from './text.ts'

type Row = Judged<SourceFlow>

export function sourcesPlan(rows: readonly Row[]): SectionPlan<Row> {
  return {
    rows,
    notes,
    columns: [
      ...commonColumns<SourceFlow>('SOURCES', stateOf, 40),
      {
        title: 'IN',
        align: 'right',
        weight: 90,
        group: 'rate',
        cell: ({ component }) => [new Span(rate(component.inPerSecond))],
      },
      {
        title: 'RECEIVED',
        align: 'right',
        weight: 60,
        group: 'total',
        cell: ({ component }) => counted(component.received, 'plain'),
      },
      {
        title: 'BLOCKED',
        align: 'right',
        weight: 50,
        cell: ({ component: { blockedSeconds, isBlocked } }) => {
          if (isBlocked) return [new Span(`now, ${duration(blockedSeconds)}`, 'warn')]
          return [new Span(blockedSeconds === 0 ? '0 s' : duration(blockedSeconds), 'dim')]
        },
      },
      {
        title: 'TO',
        weight: 20,
        least: 6,
        cell: ({ component }) => [new Span(component.channels.join(', '), 'dim')],
      },
    ],
  }
}

function notes(row: Row): Line {
  const { dropped, deadLettered, channelFull, putFailures, optionalMissed } = row.component
  return notesLine([
    failureNote(row),
    ...lossNotes(dropped, deadLettered),
    channelFull > 0 ? new Span(`refused by a full channel ${times(channelFull, 'time')}`, 'warn') : undefined,
    putFailures > 0 ? new Span(`${times(putFailures, 'failed put')}`, 'warn') : undefined,
    optionalMissed > 0 ? new Span(`optional channels missed ${times(optionalMissed, 'event')}`, 'dim') : undefined,
  ])
}
