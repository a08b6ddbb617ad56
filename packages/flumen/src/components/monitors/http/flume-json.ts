import { flumeAttributes } from '../../../component/flume-attributes.ts'
import type { AgentReading } from '../../../core/index.ts'

/** `/metrics` as Flume prints it: `{"SOURCE.r1":{"EventReceivedCount":"12",…},…}`. */
export function flumeJson(reading: AgentReading): string {
  const text = JSON.stringify(Object.fromEntries(flumeAttributes(reading)))
  return text.replaceAll(/[<>&='\u2028\u2029]/g, javaEscape)
}

/** Gson writes these so that its JSON can stand in HTML. */
function javaEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
