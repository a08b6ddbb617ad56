/** What a stop waits beyond its deadline for that which it gave up at the deadline, ms. */
export const graceMs = 250
