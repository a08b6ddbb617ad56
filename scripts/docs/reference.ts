import { checkExamples } from './check-configuration.ts'
import { commandsPage } from './commands-page.ts'
import { componentPage } from './component-page.ts'
import { loadDocumented } from './documented.ts'
import { generalPages } from './general-pages.ts'
import { indexPages } from './index-pages.ts'
import { configurationSchema } from './schema.ts'

/** Every file of docs/reference, by its path from there. Fails where an example of a declaration is wrong. */
export async function reference(): Promise<ReadonlyMap<string, string>> {
  const documented = await loadDocumented()
  const pages = new Map([...indexPages(documented), ...generalPages(documented)])
  for (const each of documented) {
    if (pages.has(each.page)) throw new Error(`two components have the page ${each.page}`)
    pages.set(each.page, componentPage(each, await checkExamples(each)))
  }
  pages.set('commands.md', await commandsPage())
  pages.set('flumen.schema.json', schemaText(configurationSchema(documented)))
  return pages
}

export function schemaText(schema: unknown): string {
  return `${JSON.stringify(schema, undefined, 2)}\n`
}
