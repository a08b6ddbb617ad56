// Writes the JSON Schema of configurations into a folder, for the published package: write-schema.ts FOLDER
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadDocumented } from './documented.ts'
import { schemaText } from './reference.ts'
import { configurationSchema } from './schema.ts'

const folder = process.argv[2]!
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'flumen.schema.json'), schemaText(configurationSchema(await loadDocumented())))
