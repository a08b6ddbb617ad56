/** Takes the headers of events, as places in the slab. */
export interface PairSink {
  pair(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void
  /** The headers of the event are written once more: those that came so far do not count. */
  drop(): void
}

/** Reads the events of a request one after the other. */
export interface EventReader {
  /** Where the next event begins, and how many follow without anything between them, both after `hasNext`. */
  readonly at: number
  readonly left: number
  /** Of the event that was read last. */
  readonly bodyStart: number
  readonly bodyEnd: number
  hasNext(): boolean
  /** @param pairs undefined: nobody wants the headers, and they are read over */
  next(pairs?: PairSink): void
  /** Another one, which begins at an event that this one has read. */
  from(at: number, left: number): EventReader
}
