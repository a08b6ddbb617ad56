import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Bytes } from '../core/index.ts'

/** bzip2 in the calling thread, about 8 MB a second. Its memory stays as large as the largest block needed it. */
export interface Bzip2 {
  compress(data: Bytes): Bytes
  /** @param mostBytes that the data may become @throws an Error when it is no bzip2 or becomes more */
  decompress(data: Bytes, mostBytes: number): Bytes
}

/** The part of WebAssembly that is used: its types come with those of browsers only. */
interface Wasm {
  compile(bytes: Bytes): Promise<object>
  instantiate(module: object, imports: Imports): Promise<{ readonly exports: object }>
}
interface Memory {
  readonly buffer: ArrayBuffer
  /** @throws RangeError when there is no more */
  grow(pages: number): number
}
type Imports = Readonly<Record<string, Readonly<Record<string, (...args: number[]) => number | undefined>>>>

/** What libbzip2, compiled by Emscripten, gives. */
interface Library {
  readonly memory: Memory
  emscripten_stack_init(): void
  __wasm_call_ctors(): void
  malloc(bytes: number): number
  free(address: number): void
  BZ2_bzBuffToBuffCompress(...args: readonly number[]): number
  BZ2_bzBuffToBuffDecompress(...args: readonly number[]): number
}

/** Of 100 kB each; Java's bzip2 has the same. */
const blockSize = 9
const pageBytes = 65_536
const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: Wasm }

let loaded: Promise<Bzip2> | undefined

/**
 * Loads the compiled library of the package bzip2-wasm. The package's own loader is not used: it adds 148 names to the
 * global object and handlers to the process, and its `compress` fails when the memory has to grow.
 */
export function loadBzip2(): Promise<Bzip2> {
  loaded ??= load()
  return loaded
}

async function load(): Promise<Bzip2> {
  const file = fileURLToPath(import.meta.resolve('bzip2-wasm/bzip2-1.0.8/bzip2.wasm'))
  const compiled = await WebAssembly.compile(await readFile(file))
  const { exports } = await WebAssembly.instantiate(
    compiled,
    importsOf(() => library.memory),
  )
  const library = exports as Library
  library.emscripten_stack_init()
  library.__wasm_call_ctors()
  return {
    compress: (data) => {
      // What libbzip2 asks for in the worst case.
      const room = Math.ceil(data.length * 1.01) + 600
      return call(library, data, room, (target, length, source) =>
        library.BZ2_bzBuffToBuffCompress(target, length, source, data.length, blockSize, 0, 0),
      )
    },
    decompress: (data, mostBytes) =>
      call(library, data, mostBytes, (target, length, source) =>
        library.BZ2_bzBuffToBuffDecompress(target, length, source, data.length, 0, 0),
      ),
  }
}

/** @param work gets the addresses of the target, of its length, and of the source */
function call(
  library: Library,
  data: Bytes,
  room: number,
  work: (target: number, length: number, source: number) => number,
): Bytes {
  const addresses = [data.length, room, 4].map((bytes) => library.malloc(bytes))
  const [source, target, length] = addresses as [number, number, number]
  try {
    if (addresses.includes(0)) throw new Error(`there is no memory for bzip2 of ${data.length} bytes`)
    new Uint8Array(library.memory.buffer).set(data, source)
    new DataView(library.memory.buffer).setUint32(length, room, true)
    const code = work(target, length, source)
    if (code !== 0) throw new Error(`bzip2 failed with code ${code}`)
    const { buffer } = library.memory
    return new Uint8Array(buffer).slice(target, target + new DataView(buffer).getUint32(length, true))
  } finally {
    for (const address of addresses) if (address !== 0) library.free(address)
  }
}

/** What the library needs of its surroundings: memory; it prints nothing that anyone wants. */
function importsOf(memory: () => Memory): Imports {
  return {
    env: {
      exit: (code) => {
        throw new Error(`bzip2 ended with ${code}`)
      },
      emscripten_memcpy_big: (to = 0, from = 0, bytes = 0) => {
        new Uint8Array(memory().buffer).copyWithin(to, from, from + bytes)
        return undefined
      },
      emscripten_resize_heap: (bytes = 0) => grow(memory(), bytes),
    },
    wasi_snapshot_preview1: { fd_close: () => 0, fd_write: () => 0, fd_seek: () => 0 },
  }
}

/** In larger steps than asked for; returns 0 when there is no more. */
function grow(memory: Memory, bytes: number): number {
  const { byteLength } = memory.buffer
  for (const wanted of [Math.max(bytes, byteLength * 1.2), bytes]) {
    try {
      memory.grow(Math.ceil((wanted - byteLength) / pageBytes))
      return 1
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
    }
  }
  return 0
}
