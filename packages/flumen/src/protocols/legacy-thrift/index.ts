export * from './legacy-call.ts'
export * from './message-splitter.ts'
