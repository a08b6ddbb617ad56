import type { Section } from '../../component/kit.ts'
import { didYouMean } from '../../config/did-you-mean.ts'
import { charsetNames, javaCharset } from '../../text/java-charset.ts'

/** Reports a character set that there is not. */
export function checkCharset(section: Section, key: string, name: string): void {
  if (javaCharset(name)) return
  const near = didYouMean(name, charsetNames)
  const fix = near ? `did you mean ${near}?` : 'write UTF-8, ISO-8859-1, UTF-16, windows-1252 or another one of Java'
  section.error(key, `there is no character set ${name}`, fix)
}
