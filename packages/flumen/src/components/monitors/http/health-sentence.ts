import type { HealthProblem } from '../../../core/index.ts'

/** Which, what and why. */
export function sentence({ component, message }: HealthProblem): string {
  return message.toLowerCase().startsWith(component.toLowerCase()) ? message : `${component}: ${message}`
}
