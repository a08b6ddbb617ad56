import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Case } from './cases/case.ts'
import { embeddedAgentCases } from './cases/embedded-agent.ts'
import { interceptorCases } from './cases/interceptors.ts'
import { memoryChannelCases } from './cases/memory-channel.ts'
import { netcatCases, netcatUdpCases } from './cases/netcat.ts'
import { propertiesCases } from './cases/properties.ts'
import { selectorCases } from './cases/selectors.ts'
import { sinkProcessorCases } from './cases/sink-processors.ts'
import { fileRollCases, loggerCases, serializerCases } from './cases/sinks.ts'
import { substitutionCases } from './cases/substitution.ts'
import { validationCases } from './cases/validation.ts'
import { liveOracle, type Output } from './oracle.ts'

/** A case with what real Flume made of it. */
export interface GoldenCase extends Case {
  readonly output: Output
}

/** The golden files by name, each with the generator of its cases. */
export const goldenFiles = {
  interceptors: interceptorCases,
  logger: loggerCases,
  serializers: serializerCases,
  'file-roll': fileRollCases,
  netcat: netcatCases,
  netcatudp: netcatUdpCases,
  properties: propertiesCases,
  substitution: substitutionCases,
  selectors: selectorCases,
  validation: validationCases,
  'memory-channel': memoryChannelCases,
  'sink-processors': sinkProcessorCases,
  'embedded-agent': embeddedAgentCases,
} as const satisfies Readonly<Record<string, () => Case[]>>

export type GoldenName = keyof typeof goldenFiles

export const goldenNames = Object.keys(goldenFiles) as GoldenName[]

/** The cases of a committed golden file, in their order. Needs neither Java nor network. */
export function readGolden(name: GoldenName): GoldenCase[] {
  const lines = readFileSync(pathOf(name), 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as GoldenCase)
}

/** Asks real Flume for all cases of a file, now. Where nothing but the clock differs, the committed answer stays. */
export async function askGolden(name: GoldenName): Promise<GoldenCase[]> {
  const cases = goldenFiles[name]()
  const outputs = await liveOracle(cases)
  const known = new Map(existsSync(pathOf(name)) ? readGolden(name).map((each) => [each.case, each]) : [])
  return cases.map((each, index) => {
    const output = outputs[index]!
    const before = known.get(each.case)
    const keep = 'clock' in output && before !== undefined && isSame(before, each)
    return { ...each, output: keep ? before.output : output }
  })
}

/** Writes a golden file: one case a line. */
export function writeGolden(name: GoldenName, cases: readonly GoldenCase[]): void {
  writeFileSync(pathOf(name), cases.map((each) => `${JSON.stringify(each)}\n`).join(''))
}

function pathOf(name: GoldenName): string {
  return join(dirname(import.meta.dirname), 'golden', `${name}.jsonl`)
}

function isSame({ config, input }: Case, other: Case): boolean {
  return JSON.stringify({ config, input }) === JSON.stringify({ config: other.config, input: other.input })
}
