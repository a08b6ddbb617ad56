/**
 * The life of a component. Creating one has no side effect. `start` runs at most once an instance and resolves when
 * the component works; `stop` is idempotent, legal before `start`, and resolves when nothing of the component is left:
 * no timer, no socket, no file. A restart is a new instance.
 */
export interface Lifecycle {
  start(): Promise<void>
  /** @param deadlineMs from now on; after it the component lets go of what it still holds */
  stop(deadlineMs: number): Promise<void>
}
