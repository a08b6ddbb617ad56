import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Clock,
  type ComponentState,
  codeOf,
  type LastError,
  type Lifecycle,
  LifecycleError,
  type Log,
  messageOf,
} from '../core/index.ts'

/** What can be seen of a component from outside. */
export interface ComponentStatus {
  readonly kind: string
  readonly name: string
  readonly state: ComponentState
  /** Wall clock of the last change of state, ms since the epoch. */
  readonly since: number
  /** Wall clock when it first ran; 0: not yet. */
  readonly startedAt: number
  readonly restarts: number
  readonly lastError: LastError | undefined
}

export interface SupervisedOptions<T extends Lifecycle> {
  readonly kind: string
  readonly name: string
  readonly clock: Clock
  readonly log: Log
  /** Pause before the first restart, ms; doubles up to 30 s while starts go on failing. */
  readonly restartDelayMs: number
  /** A new instance; `fail` reports a failure of that instance outside a call. */
  create(fail: (error: unknown) => void): Promise<T>
  /** `stop`: the failure ends the agent. */
  onFailure(component: Supervised<T>, error: unknown): 'restart' | 'stop'
}

/** Whose code runs: what throws out of a callback, and nobody catches, is a failure of its component. */
export const componentScope = new AsyncLocalStorage<ComponentScope>()

export interface ComponentScope {
  /** `source r1` */
  readonly name: string
  fail(error: unknown): void
}

const longestDelayMs = 30_000
/** A component that worked this long has recovered; its next failure is restarted after the first pause again. */
const recoveredAfterMs = 60_000

/** Keeps one component in its desired state: starts it, sees it fail, starts a new instance after growing pauses. */
export class Supervised<T extends Lifecycle> {
  readonly kind: string
  readonly name: string
  /** Code that belongs to this component runs in here. */
  readonly scope: ComponentScope
  readonly #options: SupervisedOptions<T>
  readonly #ready = new Set<(instance: T | undefined) => void>()
  readonly #life = new AbortController()
  #state: ComponentState = 'new'
  #since: number
  #startedAt = 0
  #restarts = 0
  #failuresInRow = 0
  #hasRun = false
  #lastError: ComponentStatus['lastError']
  #cause: unknown
  #instance: T | undefined
  #work: Promise<void> = Promise.resolve()

  constructor(options: SupervisedOptions<T>) {
    this.kind = options.kind
    this.name = options.name
    this.scope = { name: `${options.kind} ${options.name}`, fail: (error) => this.fail(error) }
    this.#options = options
    this.#since = options.clock.now()
  }

  get status(): ComponentStatus {
    return {
      kind: this.kind,
      name: this.name,
      state: this.#state,
      since: this.#since,
      startedAt: this.#startedAt,
      restarts: this.#restarts,
      lastError: this.#lastError,
    }
  }

  /** The instance that runs now. */
  get running(): T | undefined {
    return this.#state === 'running' ? this.#instance : undefined
  }

  /** The running instance, when there is one again; undefined when the component or the caller stops. */
  whenRunning(signal: AbortSignal): Promise<T | undefined> {
    if (this.#state === 'running' || this.#life.signal.aborted || signal.aborted) return Promise.resolve(this.running)
    return new Promise((resolve) => {
      const done = (instance: T | undefined): void => {
        this.#ready.delete(done)
        signal.removeEventListener('abort', stopped)
        resolve(instance)
      }
      const stopped = (): void => done(undefined)
      this.#ready.add(done)
      signal.addEventListener('abort', stopped, { once: true })
    })
  }

  /** The first start; its failure is thrown and ends the agent. */
  async start(): Promise<void> {
    if (this.#state !== 'new') throw new LifecycleError(`${this.kind} ${this.name} was started before`)
    const { clock, log } = this.#options
    const began = clock.monotonic()
    await this.#startInstance()
    log.info('Component started.', {
      component: `${this.kind} ${this.name}`,
      ms: Math.round(clock.monotonic() - began),
    })
  }

  /** A failure of the running instance: it is stopped, and a new one started when the agent's rule says so. */
  fail(error: unknown, of: T | undefined = this.#instance): void {
    if (of !== this.#instance || (this.#state !== 'running' && this.#state !== 'starting')) return
    if (this.#state === 'starting') return
    this.#failed(error)
    this.#work = this.#work.then(() => this.#recover())
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#life.abort()
    for (const done of [...this.#ready]) done(undefined)
    await this.#work
    if (this.#state === 'stopped') return
    this.#enter('stopping')
    const isFresh = !this.#hasRun
    await this.#stopInstance(deadlineMs)
    this.#enter('stopped')
    if (!isFresh) this.#options.log.info('Component stopped.', { component: `${this.kind} ${this.name}` })
  }

  async #startInstance(): Promise<void> {
    this.#enter('starting')
    let instance: T | undefined
    try {
      instance = await this.#inScope(async () => {
        const created = await this.#options.create((error) => this.fail(error, created))
        this.#instance = created
        await created.start()
        return created
      })
      this.#enter('running')
      if (!this.#hasRun) this.#startedAt = this.#since
      this.#hasRun = true
    } catch (error) {
      this.#failed(error)
      await this.#stopInstance(1000)
      throw error
    }
    for (const done of [...this.#ready]) done(instance)
  }

  async #recover(): Promise<void> {
    await this.#stopInstance(1000)
    while (!this.#life.signal.aborted) {
      if (this.#options.onFailure(this, this.#cause) === 'stop') return
      const pause = Math.min(this.#options.restartDelayMs * 2 ** (this.#failuresInRow - 1), longestDelayMs)
      try {
        await this.#options.clock.sleep(pause, this.#life.signal)
      } catch {
        return
      }
      try {
        await this.#startInstance()
        this.#restarts++
        this.#options.log.info('Component recovered.', {
          component: `${this.kind} ${this.name}`,
          restarts: this.#restarts,
        })
        return
      } catch {
        // #failed has kept and logged it; the next round waits longer.
      }
    }
  }

  #failed(error: unknown): void {
    const { clock, log } = this.#options
    const ranLong = this.#state === 'running' && clock.now() - this.#since > recoveredAfterMs
    this.#failuresInRow = ranLong ? 1 : this.#failuresInRow + 1
    this.#cause = error
    this.#lastError = { at: clock.now(), code: codeOf(error), message: messageOf(error) }
    this.#enter('failed')
    // Who starts it first gets the error and says it; a reader that went away is nothing to complain about.
    if (!this.#hasRun || codeOf(error) === 'OUTPUT_CLOSED') return
    log.error('Component failed.', { component: `${this.kind} ${this.name}`, error: messageOf(error) })
  }

  async #stopInstance(deadlineMs: number): Promise<void> {
    const instance = this.#instance
    this.#instance = undefined
    if (!instance) return
    try {
      await this.#inScope(() => instance.stop(deadlineMs))
    } catch (error) {
      const component = `${this.kind} ${this.name}`
      this.#options.log.error('Component did not stop cleanly.', { component, error: messageOf(error) })
    }
  }

  #inScope<R>(work: () => R): R {
    return componentScope.run(this.scope, work)
  }

  #enter(state: ComponentState): void {
    this.#state = state
    this.#since = this.#options.clock.now()
  }
}
