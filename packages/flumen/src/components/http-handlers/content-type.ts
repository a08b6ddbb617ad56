/** The value of `Content-Type` in its parts, in lower case but for what has no case: `text/html; charset=UTF-8`. */
export interface ContentType {
  readonly mediaType: string
  readonly charset: string | undefined
}

export function contentTypeOf(header: string | undefined): ContentType {
  if (header === undefined) return none
  if (header !== last.header) last = { header, type: read(header) }
  return last.type
}

const none: ContentType = { mediaType: '', charset: undefined }
/** Clients say the same again and again. */
let last = { header: '', type: none }

function read(header: string): ContentType {
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
