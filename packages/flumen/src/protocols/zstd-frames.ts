import { Transform, type TransformCallback } from 'node:stream'
import { createZstdDecompress, type ZstdDecompress } from 'node:zlib'

/** Unpacks zstd. Node's own stream ends with the first frame and says nothing of what follows; a file may be several. */
export class ZstdFrames extends Transform {
  #frame: ZstdDecompress | undefined

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.#feed(chunk).then(
      () => done(),
      (error: Error) => done(error),
    )
  }

  override _flush(done: TransformCallback): void {
    const frame = this.#frame
    const over = frame ? settled(frame, () => frame.end()) : Promise.resolve()
    over.then(
      () => done(),
      (error: Error) => done(error),
    )
  }

  override _read(size: number): void {
    super._read(size)
    this.#frame?.resume()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#frame?.destroy()
    done(error)
  }

  async #feed(bytes: Buffer): Promise<void> {
    for (let rest = bytes; rest.length > 0; ) {
      this.#frame ??= this.#begin()
      const frame = this.#frame
      const before = frame.bytesWritten
      const isOver = await settled(frame, (taken) => frame.write(rest, taken))
      if (!isOver) return
      rest = rest.subarray(frame.bytesWritten - before)
      this.#frame = undefined
    }
  }

  #begin(): ZstdDecompress {
    const frame = createZstdDecompress()
    frame.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) frame.pause()
    })
    return frame
  }
}

/** @returns whether the frame is over; otherwise what was given is taken */
function settled(frame: ZstdDecompress, work: (taken: (error?: Error | null) => void) => void): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const over = (): void => done(undefined, true)
    const done = (error: Error | null | undefined, isOver: boolean): void => {
      frame.off('end', over)
      frame.off('error', failed)
      if (error) reject(error)
      else resolve(isOver)
    }
    const failed = (error: Error): void => {
      // The write that failed says so as well, later.
      frame.on('error', () => undefined)
      done(error, true)
    }
    frame.on('end', over)
    frame.on('error', failed)
    work((error) => done(error, false))
  })
}
