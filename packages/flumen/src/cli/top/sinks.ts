import {
  ago,
  commonColumns,
  counted,
  failureNote,
  type Judged,
  lossNotes,
  notesLine,
  stateOf,
  times,
} from './components.ts'
import type { SinkFlow } from './flow.ts'
import { duration, latency, rate } from './human.ts'
import type { SectionPlan } from './section.ts'
import type { Column } from './table.ts'
import { type Line, Span } from './text.ts'

type Row = Judged<SinkFlow>

export function sinksPlan(rows: readonly Row[]): SectionPlan<Row> {
  const isGrouped = rows.some(({ component }) => component.group !== null)
  return {
    rows,
    notes,
    columns: [
      ...commonColumns<SinkFlow>('SINKS', workState, 85),
      {
        title: 'OUT',
        align: 'right',
        weight: 90,
        group: 'rate',
        cell: ({ component }) => [new Span(rate(component.outPerSecond))],
      },
      {
        title: 'DELIVERED',
        align: 'right',
        weight: 60,
        group: 'total',
        cell: ({ component }) => counted(component.delivered, 'plain'),
      },
      age('AGE P50', 55, ({ component }) => component.eventAgeP50Seconds),
      age('P99', 56, ({ component }) => component.eventAgeP99Seconds),
      {
        title: 'RETRIES',
        align: 'right',
        weight: 45,
        cell: ({ component }) => counted(component.retries, 'warn'),
      },
      {
        title: 'FAILED',
        align: 'right',
        weight: 46,
        cell: ({ component: { failures, failuresInRow } }) => counted(failures, failuresInRow > 0 ? 'bad' : 'warn'),
      },
      { title: 'LAST OK', align: 'right', weight: 50, cell: lastSuccess },
      { title: 'FROM', weight: 20, least: 6, cell: ({ component }) => [new Span(component.channel, 'dim')] },
      ...(isGrouped ? [group] : []),
    ],
  }
}

const group: Column<Row> = {
  title: 'GROUP',
  weight: 10,
  least: 6,
  cell: ({ component }) => [new Span(component.group ?? '', 'dim')],
}

function age(title: string, weight: number, secondsOf: (row: Row) => number | null): Column<Row> {
  return {
    title,
    align: 'right',
    weight,
    cell: (row) => {
      const seconds = secondsOf(row)
      return [seconds === null ? new Span('-', 'dim') : new Span(latency(seconds))]
    },
  }
}

/** A sink that runs and whose deliveries fail is `failing`. */
function workState(row: Row): Line {
  const { state, failuresInRow } = row.component
  return state === 'running' && failuresInRow > 0 ? [new Span('failing', 'bad')] : stateOf(row)
}

function lastSuccess({ component: { secondsSinceSuccess: seconds, failuresInRow } }: Row): Line {
  const tone = failuresInRow > 0 ? 'bad' : 'plain'
  if (seconds === null) return [new Span('never', failuresInRow > 0 ? 'bad' : 'dim')]
  return [new Span(seconds < 1 ? 'now' : `${duration(seconds)} ago`, tone)]
}

/** How long a failure that is over stays worth a note, ms. */
const recentMs = 60_000

function notes(row: Row): Line {
  const { dropped, deadLettered } = row.component
  return notesLine([failureNote(row), deliveryNote(row), ...lossNotes(dropped, deadLettered)])
}

/** The last failure to deliver; without its words where the agent's health has said them. */
function deliveryNote({ component: { failuresInRow, lastFailure }, said, at }: Row): Span | undefined {
  if (!lastFailure || (failuresInRow === 0 && at - lastFailure.at >= recentMs)) return undefined
  const tone = failuresInRow > 0 ? 'bad' : 'warn'
  const inRow = failuresInRow > 1 ? `${times(failuresInRow, 'failure')} in a row, ` : ''
  const when = `${inRow}the last ${ago(lastFailure.at, at)}`
  const isSaid = said.some((sentence) => sentence.includes(lastFailure.message))
  return new Span(isSaid ? `delivery failed: ${when}` : `${lastFailure.message} (${when})`, tone)
}
