import { type Kind, kindNames } from './kind.ts'

/** `a source`, `an interceptor`. */
export function aKind(kind: Kind): string {
  const { one } = kindNames[kind]
  return `${/^[aeiou]/.test(one) ? 'an' : 'a'} ${one}`
}
