import type { Machine } from './machine.ts'
import type { KeptReport, Report, ReportPart, Table, Target } from './report.ts'

export interface Page {
  /** Markdown. */
  readonly text: string
  /** SVG texts by their file names in `images/` beside the page. */
  readonly images: ReadonlyMap<string, string>
}

export interface PageOptions {
  /** Written by hand; stands first. */
  readonly introduction: string
  /** In the order of the page. */
  readonly kept: readonly KeptReport[]
  /** Written by hand; stands at the end of a workload's section, by its name. */
  readonly notes: ReadonlyMap<string, string>
  readonly draw: (chart: NonNullable<ReportPart['chart']>) => string
}

const generated = '<!-- Written by `npm run bench`. Do not edit: the words are in bench/report. -->'

export function makePage({ introduction, kept, notes, draw }: PageOptions): Page {
  const images = new Map<string, string>()
  const sections = kept.flatMap((each) => [
    ...sectionOf(each, images, draw),
    ...[notes.get(each.report.name)].filter((note) => note !== undefined).map((note) => note.trim()),
  ])
  const blocks = [
    generated,
    introduction.trim(),
    '## The machine',
    ...machinesOf(kept),
    '## Targets',
    markdownTable(targetTable(kept.flatMap(({ report }) => report.targets))),
    ...sections,
  ]
  return { text: `${blocks.join('\n\n')}\n`, images }
}

/** A table for a terminal. */
export function plainTable({ head, rows }: Table): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  return all
    .map((row) => row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join('  '))
    .join('\n')
}

export function targetTable(targets: readonly Target[]): Table {
  return {
    head: ['', 'target', 'found', ''],
    rows: targets.map(({ what, target, found, isReached }) => [
      what,
      target,
      found,
      isReached ? 'reached' : '**fell short**',
    ]),
  }
}

function machinesOf(kept: readonly KeptReport[]): string[] {
  const byText = new Map<string, string[]>()
  for (const { report, machine, at } of kept) {
    const text = `${machineText(machine)} ${at.slice(0, 10)}`
    byText.set(text, [...(byText.get(text) ?? []), report.name])
  }
  const busiest = Math.max(0, ...kept.map(({ machine }) => machine.loadBefore))
  const lines = [...byText].map(([text, names]) => `- ${text}: ${names.join(', ')}`)
  if (busiest < 1) return [lines.join('\n')]
  const warning =
    `The load average stood at up to ${busiest.toFixed(1)} when a workload began; the workloads before it have their part ` +
    'in that. Where it was other work, ratios suffer, absolute figures more.'
  return [lines.join('\n'), warning]
}

function machineText({ processor, cores, memory, system, node }: Machine): string {
  return `${processor}, ${cores} cores, ${memory} GiB; ${system}; Node.js ${node.slice(1)};`
}

function sectionOf({ report }: KeptReport, images: Map<string, string>, draw: PageOptions['draw']): string[] {
  return [
    `## ${report.title}`,
    report.text,
    ...report.parts.flatMap((part, at) => partOf(report, part, at, images, draw)),
  ]
}

function partOf(
  report: Report,
  part: ReportPart,
  at: number,
  images: Map<string, string>,
  draw: PageOptions['draw'],
): string[] {
  const blocks = [...(part.heading === undefined ? [] : [`### ${part.heading}`]), ...(part.notes ?? [])]
  blocks.push(markdownTable(part.table))
  if (part.chart) {
    const file = `bench-${report.name.toLowerCase()}-${at + 1}.svg`
    images.set(file, draw(part.chart))
    blocks.push(`![${part.chart.title}](images/${file})`)
  }
  return blocks
}

function markdownTable({ head, rows }: Table): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => shortened(cell).replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${head.map((_, at) => (at === 0 ? '---' : '--:')).join('|')}|`, ...rows.map(line)].join('\n')
}

/** Of a program that failed, without its last words, which are too long for a cell. */
function shortened(cell: string): string {
  return cell.startsWith('failed:') ? cell.split(';')[0]! : cell
}
