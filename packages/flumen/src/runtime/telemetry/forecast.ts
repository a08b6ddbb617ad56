import type { ChannelReading } from '../../core/index.ts'

type Filled = Pick<ChannelReading, 'size' | 'capacity' | 'bytes' | 'byteCapacity'>
type Forecast = Pick<ChannelReading, 'fill' | 'growthPerSecond' | 'secondsUntilFull' | 'secondsUntilEmpty'>

/** Slower than that is steady: it is noise of the window that rates are taken over. */
const noise = 0.01

/**
 * When a channel is full or empty if things go on as they do. A channel that bytes fill before events do is full when
 * they are: the events that it holds say how large one is.
 */
export function forecast(filled: Filled, inPerSecond: number, outPerSecond: number): Forecast {
  const { size, capacity, bytes, byteCapacity } = filled
  const fill = Math.min(1, Math.max(part(size, capacity), part(bytes, byteCapacity)))
  const growthPerSecond = inPerSecond - outPerSecond
  const isSteady = Math.abs(growthPerSecond) <= noise * Math.max(inPerSecond, outPerSecond)
  const roomInBytes = bytes > 0 && size > 0 ? ((byteCapacity - bytes) * size) / bytes : Number.POSITIVE_INFINITY
  const room = Math.max(0, Math.min(capacity - size, roomInBytes))
  return {
    fill,
    growthPerSecond,
    secondsUntilFull: growthPerSecond > 0 && !isSteady && room > 0 ? room / growthPerSecond : null,
    secondsUntilEmpty: growthPerSecond < 0 && !isSteady && size > 0 ? size / -growthPerSecond : null,
  }
}

function part(held: number, room: number): number {
  return room > 0 && Number.isFinite(room) ? held / room : 0
}
