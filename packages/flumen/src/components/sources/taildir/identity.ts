/** Which file it is, as long as it exists. */
export interface Identity {
  /** Decimal, both. */
  readonly device: string
  readonly inode: string
}

/** When it was made. */
export interface Birth {
  /** Ns since 1970; 0 or undefined: not known. */
  readonly bornNs?: bigint | undefined
}

export function keyOf({ device, inode }: Identity): string {
  return `${device}:${inode}`
}

/** Whether two looks at one inode number saw two files: the number is given again, with another time of birth. */
export function isOtherBirth(one: Birth, other: Birth): boolean {
  return !!one.bornNs && !!other.bornNs && one.bornNs !== other.bornNs
}
