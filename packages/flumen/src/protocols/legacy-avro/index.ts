export * from './http-reader.ts'
export * from './legacy-call.ts'
