import type { OptionsOf, Section } from '../../../component/kit.ts'
import type { Headers } from '../../../core/index.ts'
import type { httpSinkFields } from './http-fields.ts'

type HttpSinkOptions = OptionsOf<typeof httpSinkFields>

/** What an answer's status means for what was sent. */
export interface Judgement {
  /** `refused`: the other side has said no, and is not asked again. */
  readonly verdict: 'delivered' | 'retry' | 'refused'
  /** A pause comes before the next request. */
  readonly backOff: boolean
  /** Flume's counter of delivered events goes up. */
  readonly isCounted: boolean
}

/** Flume's rules: of the status itself, then of its hundred, then what goes for all others. */
export class StatusRules {
  readonly #rollback: Rule
  readonly #backoff: Rule
  readonly #incrementMetrics: Rule

  constructor(options: HttpSinkOptions) {
    this.#rollback = new Rule(options.rollback, options.defaultRollback, false)
    this.#backoff = new Rule(options.backoff, options.defaultBackoff, false)
    this.#incrementMetrics = new Rule(options.incrementMetrics, options.defaultIncrementMetrics, true)
  }

  judge(status: number): Judgement {
    const isRetried = this.#rollback.of(status, true)
    const refusedOrTaken = status >= 400 ? 'refused' : 'delivered'
    return {
      verdict: isRetried ? 'retry' : refusedOrTaken,
      backOff: this.#backoff.of(status, !isRetried),
      isCounted: this.#incrementMetrics.of(status, !isRetried),
    }
  }
}

class Rule {
  readonly #overrides: ReadonlyMap<string, boolean>
  readonly #otherwise: boolean
  readonly #ofSuccess: boolean

  /** @param ofSuccess where no rule names a status of 2XX: the default is for what is no success */
  constructor(overrides: Headers, otherwise: boolean, ofSuccess: boolean) {
    this.#overrides = new Map(Array.from(overrides, ([status, text]) => [status, text.toLowerCase() === 'true']))
    this.#otherwise = otherwise
    this.#ofSuccess = ofSuccess
  }

  /** @param isSuccess whether a status of 2XX that no rule names counts as one */
  of(status: number, isSuccess: boolean): boolean {
    const hundred = Math.floor(status / 100)
    return (
      this.#overrides.get(String(status)) ??
      this.#overrides.get(`${hundred}XX`) ??
      (hundred === 2 && isSuccess ? this.#ofSuccess : this.#otherwise)
    )
  }
}

const ruleNames = ['backoff', 'rollback', 'incrementMetrics'] as const

/** What no single field can see of the rules. */
export function checkStatusRules(options: HttpSinkOptions, section: Section): void {
  for (const name of ruleNames) {
    for (const [status, text] of options[name]) {
      const key = `${name}.${status}`
      if (!/^[1-9](\d\d|XX)$/.test(status)) {
        section.warning(
          key,
          `${key} never has an effect, as in Flume`,
          'write a status such as 503, or 5XX for all of them',
        )
      } else if (!/^(true|false)$/i.test(text)) {
        section.warning(key, `"${text.slice(0, 40)}" counts as false, as in Flume`, 'write true or false')
      }
    }
  }
  const rules = new StatusRules(options)
  if (rules.judge(200).verdict === 'retry') {
    const message = 'an event that is answered with 200 is sent again, for ever'
    section.warning('rollback.200', message, 'remove the rule, or write false')
  }
}
