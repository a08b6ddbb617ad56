import type { MetricFamily, Sample } from '../../../component/metric-families.ts'
import type { Labels } from '../../../component/vocabulary.ts'

/** Prometheus' text format 0.0.4. */
export function prometheusText(families: readonly MetricFamily[]): string {
  return families
    .map((family) => {
      const type = family.kind === 'info' ? 'gauge' : family.kind
      const head = `# HELP ${family.name} ${escaped(family.doc)}\n# TYPE ${family.name} ${type}\n`
      return head + samplesOf(family)
    })
    .join('')
}

/** OpenMetrics 1.0: a family is named without the suffix of its samples, and says its unit. */
export function openMetricsText(families: readonly MetricFamily[]): string {
  const texts = families.map((family) => {
    const name = family.name.replace(/_(total|info)$/, '')
    const type = family.kind
    const unit = family.unit !== '' && name.endsWith(`_${family.unit}`) ? `# UNIT ${name} ${family.unit}\n` : ''
    return `# TYPE ${name} ${type}\n${unit}# HELP ${name} ${escaped(family.doc, true)}\n${samplesOf(family)}`
  })
  return `${texts.join('')}# EOF\n`
}

function samplesOf({ name, samples }: MetricFamily): string {
  return samples.map((sample) => sampleText(name, sample)).join('')
}

function sampleText(name: string, { labels, value }: Sample): string {
  if (typeof value === 'number') return `${name}${labelText(labels)} ${numberText(value)}\n`
  let below = 0
  const buckets = value.counts.map((count, index) => {
    below += count
    const bound = value.bounds[index]
    return `${name}_bucket${labelText({ ...labels, le: bound === undefined ? '+Inf' : boundText(bound) })} ${below}\n`
  })
  const own = labelText(labels)
  return `${buckets.join('')}${name}_sum${own} ${numberText(value.sum)}\n${name}_count${own} ${below}\n`
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value, true)}"`)
  return `{${pairs.join(',')}}`
}

function escaped(text: string, withQuotes = false): string {
  const plain = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return withQuotes ? plain.replaceAll('"', '\\"') : plain
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

/** One spelling in both formats, that of OpenMetrics: to Prometheus `le="1"` and `le="1.0"` are two buckets. */
function boundText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound)
}
