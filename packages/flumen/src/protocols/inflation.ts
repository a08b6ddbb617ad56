/** What takes so many bytes or fewer when it is unpacked may come from any number of them. */
const freeInflation = 20 * 1024 * 1024

/** Logs become 5 to 20 times as large; what is made to fill memory 1,000 times and more. */
export const usualInflationRatio = 100

/** Whether bytes that became, or will become, so many more are taken for a bomb. @param ratio of the two, at most */
export function isBomb(bytes: number, unpackedBytes: number, ratio: number): boolean {
  return unpackedBytes > freeInflation && unpackedBytes > bytes * ratio
}
