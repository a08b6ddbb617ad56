/** Offsets change at most every quarter of an hour; the last one asked for in a zone is kept. */
const lastOffsets = new Map<
  string,
  { readonly quarter: number; readonly minutes: number; readonly format: Intl.DateTimeFormat }
>()
const mostZones = 100

/** Minutes that a zone is ahead of UTC at a moment. @throws RangeError for a name that is no zone */
export function zoneOffset(epochMs: number, zone: string): number {
  const quarter = Math.floor(epochMs / 900_000)
  const last = lastOffsets.get(zone)
  if (last?.quarter === quarter) return last.minutes
  const format = last?.format ?? zoneFormat(zone)
  const part = format.formatToParts(epochMs).find(({ type }) => type === 'timeZoneName')!.value
  const match = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(part)
  const minutes = match?.[1] ? (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) : 0
  if (lastOffsets.size >= mostZones) lastOffsets.clear()
  lastOffsets.set(zone, { quarter, minutes, format })
  return minutes
}

function zoneFormat(zone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
}
