import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../servers/server.ts'
import { svgOf } from './charts.ts'
import { makePage } from './page.ts'
import type { KeptReport } from './report.ts'

const results = join(root, 'bench/results')
const guide = join(root, 'docs/guide')
const images = join(guide, 'images')

/** Keeps the last report of each workload. */
export function keepReport(kept: KeptReport): void {
  mkdirSync(results, { recursive: true })
  writeFileSync(fileOf(kept.report.name), `${JSON.stringify(kept, rounded, 1)}\n`)
}

/** @param order names of the workloads */
export function writePage(order: readonly string[]): void {
  const kept = order
    .map(fileOf)
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, 'utf8')) as KeptReport)
  const introduction = readFileSync(join(import.meta.dirname, 'introduction.md'), 'utf8')
  const page = makePage({ introduction, kept, notes: notesOf(order), draw: svgOf })
  mkdirSync(images, { recursive: true })
  for (const file of readdirSync(images)) if (/^bench-.*\.svg$/.test(file)) rmSync(join(images, file))
  for (const [file, svg] of page.images) writeFileSync(join(images, file), svg)
  writeFileSync(join(guide, 'performance.md'), page.text)
}

function fileOf(name: string): string {
  return join(results, `${name}.json`)
}

/** What was written by hand about a workload: why it falls short, what was found with a profile. */
function notesOf(names: readonly string[]): Map<string, string> {
  const notes = new Map<string, string>()
  for (const name of names) {
    const file = join(import.meta.dirname, 'notes', `${name}.md`)
    if (existsSync(file)) notes.set(name, readFileSync(file, 'utf8'))
  }
  return notes
}

/** Six digits are more than was measured. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value
}
