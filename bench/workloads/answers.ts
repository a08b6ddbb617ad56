import { askProgram } from '../load/ask.ts'
import { medianOf, ratioOf } from '../measure/statistics.ts'
import { flumen } from '../peers/agents.ts'
import { atLeast, type Report } from '../report/report.ts'
import { answerSpeeds, answersTable, bareAnswerer, type MeasuredAnswers, measureAnswers } from './answered-lines.ts'
import type { Workload } from './workload.ts'

const clientCounts = [1, 8, 64]

/** One-line clients that wait for OK. */
export const answers: Workload = {
  name: 'answers',
  inSmoke: true,
  run: async (context) => reportOf(await measureAnswers(context, 'memory', clientCounts), askProgram() !== undefined),
}

function reportOf(measured: MeasuredAnswers, isCompiled: boolean): Report {
  const ratio = ratioOf(answerSpeeds(measured, flumen.name, 64), answerSpeeds(measured, bareAnswerer, 64))
  return {
    name: 'answers',
    title: 'Acknowledged lines, one at a time',
    text:
      'netcat with acknowledgements → memory → null. Each client sends one line of about 190 bytes and waits for OK ' +
      'before it sends the next. Bare Node.js answers OK to each line and does nothing else. ' +
      (isCompiled
        ? 'The clients are one C program.'
        : 'No C compiler was found: the clients run on Node.js and are as slow as what they measure.'),
    targets: [atLeast('64 one-line clients, against a bare Node.js answerer', 0.6, ratio)],
    parts: [
      {
        table: answersTable(measured),
        chart: {
          kind: 'lines',
          title: 'Answers a second',
          xLabel: 'clients',
          unit: 'answers/s',
          xs: clientCounts,
          lines: Object.keys(measured).map((name) => ({
            name,
            ys: clientCounts.map((clients) => medianOf(answerSpeeds(measured, name, clients))),
          })),
        },
      },
    ],
    measurements: measured,
  }
}
