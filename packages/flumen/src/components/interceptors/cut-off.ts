/** Why a row is rejected that an expression was cut off on. */
export const cutOffReason = 'the regular expression took too long on this event and was cut off'
