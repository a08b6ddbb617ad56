/** What lines say of the events that they belong to. A joining may look at each line, and those before it in its event, only. */
export interface LineJoining {
  /** Most lines of one event. */
  readonly maxLines: number
  /** Of each line: {@link beginsEvent} and {@link endsEvent}, or 0 for one that goes on with the event before it. */
  marksOf(lines: readonly string[]): Uint8Array
}

export const beginsEvent = 1
export const endsEvent = 2

export interface JoinedLines {
  /** The first line of each event; it goes to the line before the next one's first. */
  readonly firsts: Uint32Array
  /** The last event may get more lines. */
  readonly isOpen: boolean
}

/** Joins lines to events. The first line begins one whatever it says. */
export function joinLines(marks: Uint8Array, maxLines: number): JoinedLines {
  const firsts = new Uint32Array(marks.length)
  let events = 0
  let isOpen = false
  for (let line = 0; line < marks.length; line++) {
    const mark = marks[line] ?? 0
    const lines = line - (firsts[events - 1] ?? 0)
    if (!isOpen || (mark & beginsEvent) !== 0 || lines >= maxLines) firsts[events++] = line
    isOpen = (mark & endsEvent) === 0
  }
  const isFull = marks.length - (firsts[events - 1] ?? 0) >= maxLines
  return { firsts: firsts.subarray(0, events), isOpen: isOpen && !isFull }
}
