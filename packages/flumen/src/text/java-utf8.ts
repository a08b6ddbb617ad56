const loneSurrogates = /\p{Surrogate}/gu

/** The text as Java encodes it in UTF-8: with `?` for each half of a surrogate pair, where Node writes U+FFFD. */
export function encodable(text: string): string {
  return text.isWellFormed() ? text : text.replaceAll(loneSurrogates, '?')
}
