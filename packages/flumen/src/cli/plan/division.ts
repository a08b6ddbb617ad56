/**
 * Divides an amount among takers that work side by side, each up to its capacity: to all the same, and what one cannot
 * take goes to the others. More than all can take is divided as their capacities are.
 */
export function divided(amount: number, capacities: readonly number[]): readonly number[] {
  const all = sum(capacities)
  if (amount >= all)
    return capacities.map((capacity) => (all === 0 ? amount / capacities.length : amount * (capacity / all)))
  const parts = capacities.map(() => 0)
  const rising = capacities.map((_, index) => index).sort((one, other) => capacities[one]! - capacities[other]!)
  let left = amount
  for (const [done, index] of rising.entries()) {
    const part = Math.min(capacities[index]!, left / (rising.length - done))
    parts[index] = part
    left = Math.max(0, left - part)
  }
  return parts
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
