import type { HealthProblem } from '../../../core/index.ts'

/** Which, what and why. */
export function sentence({ component, message }: HealthProblem): string {
  return message.startsWith(component) ? message : `${component}: ${message}`
}
