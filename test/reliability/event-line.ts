import { crc32 } from 'node:zlib'

/** Text of an event that says who sent it as which one; all of it follows from these, so that any change is seen. */
export function eventLine(seed: number, producer: number, number: number, bytes: number): string {
  const head = `p${producer} ${number} `
  const mark = crc32(head, seed >>> 0)
  const length = Math.max(0, bytes - head.length - 9)
  const from = mark % (padding.length - mostPadding)
  return `${head}${mark.toString(16).padStart(8, '0')} ${padding.slice(from, from + Math.min(length, mostPadding))}`
}

export interface Identity {
  readonly producer: number
  readonly number: number
}

/** Undefined where nobody can have sent it. */
export function identityOf(line: string): Identity | undefined {
  const found = /^p(\d+) (\d+) /.exec(line)
  return found ? { producer: Number(found[1]), number: Number(found[2]) } : undefined
}

const mostPadding = 8192
const padding = Array.from({ length: 2048 }, (_, index) => crc32(String(index)).toString(36).padStart(8, 'x')).join('')
