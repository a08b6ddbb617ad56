import {
  ComponentFailedError,
  type Counter,
  codeOf,
  type EventDrivenSource,
  messageOf,
  type SourceContext,
  settledWithin,
  verdictOf,
} from '../../../core/index.ts'
import { JournalExportParser, JournalFormatError } from '../../../protocols/journal-export/journal-export-parser.ts'
import type { Command } from '../command.ts'
import { putUntilStored, storedBy } from '../put-until-stored.ts'
import { graceMs } from '../stop-grace.ts'
import { CursorFile } from './cursor-file.ts'
import { JournalBatch, type ReadEntries } from './journal-batch.ts'
import { type Beginning, type JournalChoice, startJournalctl } from './journalctl.ts'

export interface JournaldOptions extends JournalChoice {
  readonly cursorFile: string
  readonly readFrom: 'start' | 'end'
  readonly follow: boolean
  readonly fields: readonly string[]
  readonly batchSize: number
  readonly maxMessageLength: number
  /** Ms. */
  readonly writeCursorInterval: number
}

interface Followed {
  /** That were stored. */
  readonly entries: number
  /** `broken`: it may be read on later; `over`: nothing more can be stored. */
  readonly how: 'ended' | 'broken' | 'over'
}

const firstPauseMs = 1000
const longestPauseMs = 60_000
/** Of what journalctl says on standard error. */
const longestComplaint = 1000

/** Entries of systemd's journal through journalctl; see the declaration. */
export class JournaldSource implements EventDrivenSource {
  readonly kind = 'event-driven'
  readonly #options: JournaldOptions
  readonly #context: SourceContext
  readonly #cursor: CursorFile
  readonly #cut: Counter
  /** A put that is refused is given up. */
  readonly #over = new AbortController()
  readonly #stopping = new AbortController()
  #command: Command | undefined
  #work: Promise<void> | undefined
  #stopped: Promise<void> | undefined
  #cancelTimer: (() => void) | undefined
  /** The last entry that is stored. */
  #from: Beginning = 'start'

  constructor(options: JournaldOptions, context: SourceContext) {
    this.#options = options
    this.#context = context
    this.#cursor = new CursorFile(options.cursorFile)
    this.#cut = context.metrics.counter('messagesCut')
  }

  /** @throws ComponentFailedError where journalctl cannot be run, or the cursor not be read */
  async start(): Promise<void> {
    this.#from = await this.#beginning()
    if (this.#stopping.signal.aborted) return
    const first = await this.#launch(this.#from, this.#options.follow)
    this.#work = this.#run(first)
  }

  stop(deadlineMs: number): Promise<void> {
    this.#stopped ??= this.#stop(deadlineMs)
    return this.#stopped
  }

  /** What is read and not stored is read again after the next start. */
  async #stop(deadlineMs: number): Promise<void> {
    const { clock } = this.#context
    this.#stopping.abort()
    this.#endCommand()
    const cancel = clock.after(deadlineMs, () => {
      this.#command?.kill('SIGKILL')
      this.#over.abort()
    })
    if (this.#work) await settledWithin(this.#work, deadlineMs + graceMs, clock)
    cancel()
    this.#cancelTimer?.()
    await this.#saveCursor()
  }

  async #beginning(): Promise<Beginning> {
    const known = await this.#cursor.load()
    if (known !== undefined) return { after: known }
    if (this.#options.readFrom === 'start') return 'start'
    const last = await this.#lastCursor()
    // Kept at once: what comes until the first entry is stored must not be passed over by a next start.
    if (last !== undefined) this.#cursor.note(last)
    await this.#saveCursor()
    return last === undefined ? 'start' : { after: last }
  }

  /** Undefined: there is no entry. */
  async #lastCursor(): Promise<string | undefined> {
    const command = await this.#launch({ last: 1 }, false)
    let cursor: string | undefined
    await this.#read(command, async ({ cursors }) => {
      cursor = cursors.at(-1) ?? cursor
    })
    return cursor
  }

  async #run(first: Command): Promise<void> {
    let command: Command | undefined = first
    let pauseMs = firstPauseMs
    for (;;) {
      if (command) {
        const { entries, how } = await this.#follow(command)
        if (how === 'over' || this.#stopping.signal.aborted) return
        if (how === 'ended' && !this.#options.follow) return this.#end()
        if (entries > 0) pauseMs = firstPauseMs
      }
      try {
        await this.#context.clock.sleep(pauseMs, this.#stopping.signal)
        pauseMs = Math.min(pauseMs * 2, longestPauseMs)
        command = undefined
        command = await this.#launch(this.#from, this.#options.follow)
      } catch (error) {
        if (this.#stopping.signal.aborted) return
        this.#context.log.error('The journal cannot be read now.', { error: messageOf(error) })
      }
    }
  }

  async #end(): Promise<void> {
    await this.#saveCursor()
    this.#context.end()
  }

  async #launch(from: Beginning, isFollowing: boolean): Promise<Command> {
    let command: Command
    try {
      command = await startJournalctl(this.#options, from, isFollowing)
    } catch (cause) {
      const [name] = this.#options.command
      const reason = codeOf(cause) === 'ENOENT' ? 'was not found' : `cannot be run: ${messageOf(cause)}`
      throw new ComponentFailedError(`${name} ${reason}`, { cause })
    }
    this.#command = command
    this.#context.metrics.counter('commandStarts').add(1)
    if (this.#stopping.signal.aborted) this.#endCommand()
    return command
  }

  /** Reads until the command ends. */
  async #follow(command: Command): Promise<Followed> {
    let entries = 0
    try {
      const isWhole = await this.#read(command, async (read) => {
        await this.#store(read)
        entries += read.cursors.length
      })
      return { entries, how: isWhole ? 'ended' : 'broken' }
    } catch (error) {
      this.#endCommand()
      if (this.#over.signal.aborted || verdictOf(error) === 'fatal') {
        if (!this.#stopping.signal.aborted) this.#context.fail(error)
        return { entries, how: 'over' }
      }
      this.#context.log.error('The journal could not be read on.', { error: messageOf(error) })
      return { entries, how: 'broken' }
    }
  }

  /** False: journalctl has failed. @throws what `onEntries` throws, and JournalFormatError */
  async #read(command: Command, onEntries: (read: ReadEntries) => Promise<void>): Promise<boolean> {
    const { fields, maxMessageLength } = this.#options
    const entries = new JournalBatch(fields, () => this.#cut.add(1))
    const parser = new JournalExportParser(maxMessageLength, entries)
    const complaint = complaintOf(command)
    try {
      for await (const chunk of command.output) {
        const failure = failureOf(() => parser.split(chunk as Buffer))
        const read = entries.finish(this.#context.clock.now())
        if (read.cursors.length > 0) await onEntries(read)
        if (failure) throw failure
      }
    } catch (error) {
      if (!this.#stopping.signal.aborted) throw error
    } finally {
      command.kill('SIGTERM')
      command.release()
    }
    const end = await command.ended
    this.#command = undefined
    if (this.#stopping.signal.aborted) return true
    const said = complaint()
    if (end.status !== 0 || said !== '') this.#context.log.warn('journalctl ended.', { ...end, said })
    return end.status === 0
  }

  async #store({ batch, cursors }: ReadEntries): Promise<void> {
    const { batchSize } = this.#options
    for (let from = 0; from < batch.length; from += batchSize) {
      const some = batch.slice(from, from + batchSize)
      try {
        const storing = putUntilStored(this.#context, some, this.#over.signal)
        if (storing) await storing
      } catch (error) {
        this.#hasStored(cursors[from + storedBy(error) - 1])
        throw error
      }
      this.#hasStored(cursors[from + some.length - 1])
      if (this.#stopping.signal.aborted) return
    }
  }

  #hasStored(cursor: string | undefined): void {
    if (cursor === undefined || cursor === '') return
    this.#from = { after: cursor }
    this.#cursor.note(cursor)
    if (this.#stopping.signal.aborted) return
    this.#cancelTimer ??= this.#context.clock.after(this.#options.writeCursorInterval, () => {
      this.#cancelTimer = undefined
      void this.#saveCursor()
    })
  }

  /** Never rejects: the next time may do better, and a stop must go on. */
  async #saveCursor(): Promise<void> {
    try {
      await this.#cursor.save()
    } catch (error) {
      this.#context.metrics.counter('cursorFailures').add(1)
      this.#context.log.error('The cursor could not be written.', { error: messageOf(error) })
    }
  }

  #endCommand(): void {
    this.#command?.kill('SIGTERM')
    this.#command?.release()
  }
}

/** What is no export, after entries that are. */
function failureOf(work: () => void): Error | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if (error instanceof JournalFormatError) return error
    throw error
  }
}

/** Reads standard error, so that nobody waits for it; the beginning of what was said. */
function complaintOf(command: Command): () => string {
  let text = ''
  command.errors.setEncoding('utf8').on('data', (more: string) => {
    text = (text + more).slice(0, longestComplaint)
  })
  command.errors.on('error', () => undefined)
  return () => text.trim()
}
