export * from './scribe-answer.ts'
export * from './scribe-call.ts'
