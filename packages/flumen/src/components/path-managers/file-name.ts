import { field } from '../../component/kit.ts'

/** What every path manager can put around its part of a name. */
export const nameFields = {
  prefix: field.string({
    default: '',
    doc: 'What names begin with; with a slash in it, a folder below the directory.',
  }),
  extension: field.string({ default: '', doc: 'What names end with; the dot before it is added.' }),
}

export interface NameOptions {
  readonly prefix: string
  readonly extension: string
}

/** `<prefix><series>-<index>[.<extension>]`. @param index from 1 */
export function fileName({ prefix, extension }: NameOptions, series: string, index: number): string {
  return `${prefix}${series}-${index}${extension === '' ? '' : `.${extension}`}`
}
