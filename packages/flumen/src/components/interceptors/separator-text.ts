/** A separator as it is configured: `\s` is a space and `\t` a tab, which a configuration cannot hold at its ends. */
export function separatorText(written: string): string {
  return written.replaceAll('\\s', ' ').replaceAll('\\t', '\t')
}
