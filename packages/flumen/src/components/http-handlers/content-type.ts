/** The value of `Content-Type` in its parts, in lower case but for what has no case: `text/html; charset=UTF-8`. */
export interface ContentType {
  readonly mediaType: string
  readonly charset: string | undefined
}

export function contentTypeOf(header: string | undefined): ContentType {
  if (header === undefined) return { mediaType: '', charset: undefined }
  const [mediaType = '', ...parameters] = header.split(';')
  for (const parameter of parameters) {
    const at = parameter.indexOf('=')
    if (at < 0 || parameter.slice(0, at).trim().toLowerCase() !== 'charset') continue
    const value = parameter.slice(at + 1).trim()
    const isQuoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"')
    return { mediaType: mediaType.trim().toLowerCase(), charset: isQuoted ? value.slice(1, -1) : value }
  }
  return { mediaType: mediaType.trim().toLowerCase(), charset: undefined }
}
