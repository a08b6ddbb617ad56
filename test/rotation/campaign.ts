import { type TortureReport, tortureRotation } from './torture.ts'

/**
 * In the form of test/reliability/campaigns.ts: half of the rotations without kills, half with one each 10; a fifth of them
 * once more with puts that take their time, and a fifth with a reader that stands still now and then.
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
  const reports = [quiet, killed, slow, stalled]
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

function textOf(report: TortureReport): string {
  const { rotations, written, kills, hindrance, lost, corrupt, repeated, unexcused, doomed } = report
  return (
    `${rotations} rotations, ${kills} kills${hindrance ? `, ${hindrance}` : ''}, ${written} lines: ${lost} lost, ` +
    `${corrupt} corrupt, ${repeated} repeated${kills ? `, ${unexcused} of them of another put than the last before a kill` : ''}; ` +
    `${doomed.missing} of ${doomed.lines} lines that were written between a copy and the truncation are gone with it`
  )
}
