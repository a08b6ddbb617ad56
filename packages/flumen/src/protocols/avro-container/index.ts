export { AvroDataError, AvroInput } from './avro-data.ts'
export { plainDatum, skipDatum } from './avro-datum.ts'
export { type AvroSchema, type AvroType, parseAvroSchema, schemaFingerprint } from './avro-schema.ts'
export {
  type ContainerBlock,
  type ContainerHeader,
  isContainer,
  readContainerBlock,
  readContainerHeader,
} from './container-reader.ts'
export { type Decompress, loadDecompress } from './decompress.ts'
export { formatSpoolMeta, parseSpoolMeta, type SpoolMeta } from './spool-meta.ts'
