export { isNamedLike, leadOf, mayBeCopyOf } from '../../../protocols/tail-positions/index.ts'
