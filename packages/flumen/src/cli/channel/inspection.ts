import { messageOf } from '../../core/index.ts'
import { readBatch } from '../../storage/format/batch.ts'
import { ByteReader, FormatError } from '../../storage/format/byte-reader.ts'
import { recordBytes, recordTypes } from '../../storage/format/record.ts'
import { LogState, readRanges } from '../../storage/log-state.ts'
import { type Ciphers, plainPayload, type RecordCipher } from '../../storage/payload.ts'
import { noRecord } from '../../storage/record-scan.ts'
import type { Hole, ScanEnd, ScannedRecord } from '../../storage/segment-scanner.ts'
import { type Damage, limitsOf, placeOf, type Segment } from '../../storage/segments.ts'
import { lz4 } from './channel-target.ts'
import { walkSegment } from './segment-walk.ts'
import type { Survey } from './survey.ts'

/**
 * What kind of damage, and so what can be done: `records`: bytes that are none; `tail`: a write that was torn, nothing
 * follows; `head`: the first bytes of a segment; `file`: a file that is no part of the channel; `checkpoint`;
 * `missing`: files that should be there; `content`: the checksum is right and what it covers makes no sense.
 */
export type FindingKind = 'records' | 'tail' | 'head' | 'file' | 'checkpoint' | 'missing' | 'content'

export interface Finding extends Damage {
  readonly kind: FindingKind
  readonly segment?: Segment | undefined
  /** Position after the last that it may have cost. */
  readonly next: number
}

export interface Inspection {
  readonly findings: readonly Finding[]
  readonly records: number
  readonly events: number
  /** Of all segments. */
  readonly bytes: number
  /** Keys that were not given, so that the contents of some records were not looked at. */
  readonly keysMissing: readonly string[]
}

export interface InspectionOptions {
  readonly ciphers: Ciphers | undefined
  progress(bytes: number): void
}

/** Reads every record of every segment. */
export async function inspect(survey: Survey, options: InspectionOptions): Promise<Inspection> {
  return new Inspector(survey, options).run()
}

class Inspector {
  readonly #survey: Survey
  readonly #options: InspectionOptions
  readonly #findings: Finding[] = []
  readonly #keysMissing = new Set<string>()
  #records = 0
  #events = 0
  #bytes = 0

  constructor(survey: Survey, options: InspectionOptions) {
    this.#survey = survey
    this.#options = options
  }

  async run(): Promise<Inspection> {
    const { recovery, slots } = this.#survey
    const limits = limitsOf(recovery.segments)
    for (const [index, segment] of recovery.segments.entries())
      await this.#inspectSegment(segment, index, limits[index]!)
    for (const { path, problem } of slots) {
      if (problem === undefined) continue
      const reason = `this checkpoint cannot be used (${problem}); it costs no events`
      this.#findings.push({ path, from: 0, to: 0, position: 0, next: 0, events: 0, reason, kind: 'checkpoint' })
    }
    return {
      findings: [...this.#ofSurvey(), ...this.#findings],
      records: this.#records,
      events: this.#events,
      bytes: this.#bytes,
      keysMissing: [...this.#keysMissing],
    }
  }

  /** What the recovery has found besides. It knows better what a damage costs, for both know of it. */
  #ofSurvey(): readonly Finding[] {
    return this.#survey.damages.map((damage) => {
      const same = this.#findings.findIndex((known) => known.path === damage.path && overlap(known, damage))
      const segment = this.#survey.recovery.segments.find(({ path }) => path === damage.path)
      const kind = this.#findings[same]?.kind ?? kindOf(damage, segment)
      const to = Math.max(damage.to, this.#findings[same]?.to ?? 0)
      const next = Math.max(damage.position + damage.events, this.#findings[same]?.next ?? 0)
      if (same >= 0) this.#findings.splice(same, 1)
      return { ...damage, to, next, kind, segment }
    })
  }

  async #inspectSegment(segment: Segment, index: number, limit: number): Promise<void> {
    const { state } = this.#survey.recovery
    const account = new Account(segment)
    for await (const item of walkSegment(segment)) {
      if (item.kind === 'record') {
        this.#inspectRecord(item, segment, limit, account)
        this.#advance(item.end - item.offset)
      } else if (item.kind === 'hole') {
        account.hole(item)
        this.#advance(item.to - item.from)
      } else this.#inspectEnd(item, segment, index, limit, account)
    }
    for (const { from, to, first, next } of account.losses) {
      const { events } = state.needed(first, next)
      if (to === from && events === 0) continue
      this.#find('records', segment, { from, to, position: first, next, events, reason: noRecord })
    }
  }

  #inspectRecord(record: ScannedRecord, segment: Segment, limit: number, account: Account): void {
    const { header, offset, end } = record
    this.#records++
    if (header.position <= limit) account.record(header.position, header.events, offset)
    if (header.type === recordTypes.put && header.position < limit) this.#events += header.events
    const problem = this.#problemIn(record, segment)
    if (problem === undefined) return
    const isPut = header.type === recordTypes.put && header.position < limit
    const next = header.position + (isPut ? header.events : 0)
    const { events } = this.#survey.recovery.state.needed(header.position, next)
    const reason = `its checksum is right, but it cannot be used: ${problem}`
    this.#find('content', segment, { from: offset, to: end, position: header.position, next, events, reason })
  }

  #problemIn(record: ScannedRecord, segment: Segment): string | undefined {
    const { header } = record
    try {
      if (header.type === recordTypes.state) new LogState().merge(new ByteReader(record.payload))
      else if (header.type === recordTypes.acknowledgement) readAcknowledgements(record.payload)
      else if (header.type === recordTypes.put) {
        const cipher = header.enciphered ? this.#cipherOf(segment) : undefined
        if (header.enciphered && !cipher) return undefined
        const { batch } = readBatch(plainPayload(record.payload, header, cipher, lz4, placeOf(record, segment)))
        if (batch.length !== header.events) return `${batch.length} events instead of ${header.events}`
      }
      return undefined
    } catch (error) {
      if (error instanceof FormatError || error instanceof Error) return messageOf(error)
      throw error
    }
  }

  #cipherOf(segment: Segment): RecordCipher | undefined {
    if (!segment.key || segment.cipher) return segment.cipher
    try {
      segment.cipher = this.#options.ciphers?.open(segment.key)
    } catch {
      // It is not among those that were given.
    }
    if (!segment.cipher) this.#keysMissing.add(segment.key.id)
    return segment.cipher
  }

  #inspectEnd(end: ScanEnd, segment: Segment, index: number, limit: number, account: Account): void {
    const { segments, state } = this.#survey.recovery
    const isLast = index === segments.length - 1
    // The one that is written has no end; what the last start would say of it the recovery has said.
    if (isLast) return
    const next = Math.min(
      limit,
      segments[index + 1]?.id === segment.id + 1 ? segments[index + 1]!.base : account.expected,
    )
    const { events } = state.needed(account.expected, Math.max(next, account.expected))
    const known = segment.endOffset ?? end.offset
    const torn = end.header ? end.offset + recordBytes(end.header.storedBytes) : end.offset
    const to = Math.max(known, torn)
    if (end.isClean && events === 0) return
    const reason = 'from here on nothing is a record, and there was more'
    this.#find('tail', segment, {
      from: end.offset,
      to,
      position: account.expected,
      next: Math.max(next, account.expected),
      events,
      reason,
    })
  }

  #find(kind: FindingKind, segment: Segment, damage: Omit<Finding, 'path' | 'kind'>): void {
    this.#findings.push({ ...damage, path: segment.path, kind, segment })
  }

  #advance(bytes: number): void {
    this.#bytes += bytes
    this.#options.progress(this.#bytes)
  }
}

interface Loss {
  readonly from: number
  readonly to: number
  readonly first: number
  readonly next: number
}

/** Which positions are in which bytes. */
class Account {
  readonly losses: Loss[] = []
  /** The position that comes next. */
  expected: number
  #open: { from: number; to: number } | undefined

  constructor({ base }: Segment) {
    this.expected = base
  }

  hole({ from, to, header }: Hole): void {
    if (header?.type === recordTypes.put) {
      this.#close(header.position, from)
      this.losses.push({ from, to, first: header.position, next: header.position + header.events })
      this.expected = Math.max(this.expected, header.position + header.events)
    } else if (header) this.losses.push({ from, to, first: this.expected, next: this.expected })
    else this.#open = { from: this.#open?.from ?? from, to }
  }

  /** Any record says at which position the log was. */
  record(position: number, events: number, offset: number): void {
    this.#close(position, offset)
    this.expected = Math.max(this.expected, position + events)
  }

  /** What lay in the open hole, and what is missing without one, ends at this position. */
  #close(position: number, offset: number): void {
    const { from, to } = this.#open ?? { from: offset, to: offset }
    if (this.#open || position > this.expected) {
      this.losses.push({ from, to, first: this.expected, next: Math.max(position, this.expected) })
    }
    this.#open = undefined
    this.expected = Math.max(this.expected, position)
  }
}

function readAcknowledgements(payload: Uint8Array): void {
  const reader = new ByteReader(payload)
  for (let left = reader.count(8); left > 0; left--) {
    reader.text()
    readRanges(reader)
  }
}

function overlap(one: Damage, other: Damage): boolean {
  return one.from === other.from || (one.from < other.to && other.from < one.to)
}

function kindOf(damage: Damage, segment: Segment | undefined): FindingKind {
  if (!segment) return damage.to > damage.from ? 'file' : 'missing'
  if (damage.from === 0) return damage.to === 0 ? 'missing' : 'head'
  return damage.from === segment.endOffset ? 'tail' : 'records'
}
