import { type Hindrance, type TortureReport, tortureRotation } from './torture.ts'

/** What a reader is let suffer in a short run of 200 rotations. */
export const hardships: readonly { readonly kills: number; readonly hindrance: Hindrance | undefined }[] = [
  { kills: 0, hindrance: undefined },
  { kills: 12, hindrance: undefined },
  { kills: 0, hindrance: 'slow puts' },
  { kills: 0, hindrance: 'stalls' },
  { kills: 0, hindrance: 'few descriptors' },
  { kills: 12, hindrance: 'few descriptors' },
  { kills: 0, hindrance: 'no births' },
  { kills: 0, hindrance: 'polled' },
  { kills: 12, hindrance: 'polled' },
  { kills: 0, hindrance: 'few lines' },
  { kills: 12, hindrance: 'few lines' },
]

export const rotationsOfShortRun = 200

/** More than a small machine has cores. */
const runsAtOnce = 4

/**
 * `rounds` short runs, several at a time, so that reader and writers wait for each other in ways that a machine of their
 * own never shows.
 */
export async function crowdedRotationCampaign(order: {
  readonly rounds: number
  readonly seed: number
}): Promise<{ readonly figures: string; readonly faults: readonly string[] }> {
  const { rounds, seed } = order
  const reports: TortureReport[] = []
  const faults: string[] = []
  let next = 0
  const run = async (): Promise<void> => {
    while (next < rounds) {
      const number = next++
      const hardship = hardships[number % hardships.length]!
      const options = { ...hardship, seed: seed + number, writers: 4, rotations: rotationsOfShortRun }
      const report = await tortureRotation(options)
      reports.push(report)
      faults.push(...faultsOf(report).map((fault) => `seed ${options.seed}: ${fault}`))
      if (report.evidence !== undefined) console.error(report.evidence)
    }
  }
  await Promise.all(Array.from({ length: runsAtOnce }, run))
  const figures = hardships.map(({ kills, hindrance }) => {
    const alike = reports.filter((each) => each.hindrance === hindrance && each.kills > 0 === kills > 0)
    return `${alike.length} runs of ${textOf(alike.reduce<Sums>(sumOf, { ...nothing, hindrance }))}`
  })
  return { figures: figures.join('; '), faults }
}

/**
 * In the form of test/reliability/campaigns.ts: half of the rotations without kills, half with one each 10; a fifth of them
 * once more with puts that take their time, a fifth with a reader that stands still now and then, and twice a fifth with
 * few descriptors, without kills and with them.
 */
export async function rotationCampaign(order: {
  readonly rounds: number
  readonly seed: number
}): Promise<{ readonly figures: string; readonly faults: readonly string[] }> {
  const { rounds, seed } = order
  const rotations = Math.ceil(rounds / 2)
  const quiet = await tortureRotation({ seed, writers: 4, rotations, kills: 0 })
  const kills = Math.ceil(rotations / 10)
  const killed = await tortureRotation({ seed: seed + 1, writers: 4, rotations, kills })
  const hindered = { writers: 4, rotations: Math.ceil(rounds / 5), kills: 0 }
  const slow = await tortureRotation({ ...hindered, seed: seed + 2, hindrance: 'slow puts' })
  const stalled = await tortureRotation({ ...hindered, seed: seed + 3, hindrance: 'stalls' })
  const few = await tortureRotation({ ...hindered, seed: seed + 4, hindrance: 'few descriptors' })
  const oftenKilled = { ...hindered, kills: Math.ceil(rounds / 50) }
  const fewAndKilled = await tortureRotation({ ...oftenKilled, seed: seed + 5, hindrance: 'few descriptors' })
  const reports = [quiet, killed, slow, stalled, few, fewAndKilled]
  for (const { evidence } of reports) if (evidence !== undefined) console.error(evidence)
  return { figures: reports.map(textOf).join('; '), faults: reports.flatMap(faultsOf) }
}

/** Of so short a copy nothing is known any more when a kill came before it was looked at. */
const shortCopyBytes = 512

/** What may not be: a kill repeats the lines of the put before it or of a short copy, and nothing else comes twice. */
export function faultsOf(report: TortureReport): readonly string[] {
  const { kills, lost, corrupt, repeated, largestPut, unexcused, mostUnexcused } = report
  const faults: string[] = []
  if (lost > 0) faults.push(`${lost} lines lost`)
  if (corrupt > 0) faults.push(`${corrupt} lines corrupt`)
  if (repeated > kills * largestPut) faults.push(`${repeated} lines repeated after ${kills} kills`)
  if (mostUnexcused > (kills > 0 ? shortCopyBytes : 0))
    faults.push(`${unexcused} lines came again that were not of the last put before a kill`)
  return faults
}

type Sums = Omit<TortureReport, 'evidence' | 'largestPut' | 'mostUnexcused'>

const nothing: Omit<Sums, 'hindrance'> = {
  written: 0,
  rotations: 0,
  kills: 0,
  lost: 0,
  doomed: { lines: 0, missing: 0, deleted: 0 },
  corrupt: 0,
  repeated: 0,
  unexcused: 0,
}

function sumOf(a: Sums, b: Sums): Sums {
  return {
    written: a.written + b.written,
    rotations: a.rotations + b.rotations,
    kills: a.kills + b.kills,
    hindrance: a.hindrance,
    lost: a.lost + b.lost,
    doomed: {
      lines: a.doomed.lines + b.doomed.lines,
      missing: a.doomed.missing + b.doomed.missing,
      deleted: a.doomed.deleted + b.doomed.deleted,
    },
    corrupt: a.corrupt + b.corrupt,
    repeated: a.repeated + b.repeated,
    unexcused: a.unexcused + b.unexcused,
  }
}

function textOf(report: Sums): string {
  const { rotations, written, kills, hindrance, lost, corrupt, repeated, unexcused, doomed } = report
  return (
    `${rotations} rotations, ${kills} kills${hindrance ? `, ${hindrance}` : ''}, ${written} lines: ${lost} lost, ` +
    `${corrupt} corrupt, ${repeated} repeated${kills ? `, ${unexcused} of them of another put than the last before a kill` : ''}; ` +
    `${doomed.missing} of ${doomed.lines} lines that were written between a copy and the truncation are gone with it` +
    (doomed.deleted > 0 ? `; ${doomed.deleted} lines with files that had just been closed when they were deleted` : '')
  )
}
