import type { ComponentContext } from './context.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { AgentReading } from './reading.ts'

/** Shows an agent's numbers to the outside: serves them, or sends them from time to time. Flume's MonitorService. */
export interface Monitor extends Lifecycle {
  /** Where it can be reached, for the log: `http://127.0.0.1:41414`. */
  readonly address?: string
}

export interface MonitorContext extends ComponentContext {
  /** The agent now. Costs some tens of microseconds: call it when somebody asks, not for each event. */
  read(): AgentReading
  /** Somebody asked for this monitor; the one that runs by itself only warns when it cannot start. */
  readonly isAsked: boolean
}
