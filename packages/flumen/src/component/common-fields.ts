import { scalarFields as field } from '../config/scalar-fields.ts'

/** Keys that every source and every sink has. */
export const retryFields = {
  backoffSleepIncrement: field.duration({
    default: 1000,
    unit: 'ms',
    min: 0,
    doc: 'The first pause after a failure; each further failure in a row adds as much.',
  }),
  maxBackoffSleep: field.duration({ default: 5000, unit: 'ms', min: 0, doc: 'The longest pause after a failure.' }),
}

/** Agent-wide settings: `<agent>.flumen.<key>`, a section that Flume ignores, or `-Dflumen.<key>`. */
export const agentFields = {
  onFailure: field.enum({
    values: ['restart', 'stop'],
    default: 'restart',
    doc: 'What happens when a component fails after the start: it is restarted with growing pauses, or the agent stops with status 1.',
  }),
  stopTimeout: field.duration({
    default: 8,
    unit: 's',
    min: 0,
    doc: 'How long a stop may take; until then sinks go on with what the channels hold.',
  }),
  deadLetters: field.path({
    doc: 'Folder for events that are rejected for good, a file a day and component. Unset: they are dropped, counted and logged.',
  }),
  stallTimeout: field.duration({
    default: 30,
    unit: 's',
    min: 1,
    doc: 'A component with work to do that neither works nor fails for so long makes the agent not ready, and is logged.',
  }),
  restartDelay: field.duration({
    default: 1,
    unit: 's',
    min: 0,
    doc: 'The pause before a failed component is started again; doubles up to 30 s while it goes on failing.',
  }),
}
