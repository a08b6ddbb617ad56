import { compileJavaRegex, type JavaRegex, JavaRegexError } from '../text/java-regex.ts'
import { didYouMean } from './did-you-mean.ts'
import type { Field, FieldFacts, FieldOptions, GlobalNames, JsonSchema, Make } from './field.ts'
import { Secret } from './secret.ts'
import type { Section } from './section.ts'
import {
  type DurationUnit,
  durationUnits,
  parseDuration,
  parseSize,
  type SizeUnit,
  sizeUnits,
  toBytes,
  toMilliseconds,
  withSimilarUnits,
} from './units.ts'

/** A text that became a value, or what is wrong with it and how to mend it. */
type Parsed<T> = { readonly value: T; readonly warning?: Mend } | { readonly wrong: Mend }
interface Mend {
  readonly message: string
  readonly fix: string
}

interface Scalar<T, D> {
  readonly kind: string
  readonly unit?: string | undefined
  readonly constraint?: string | undefined
  readonly schema: JsonSchema
  /** The text is never empty: a setting without a value does not come this far. */
  parse(text: string): Parsed<T>
  /** The same of a default for the whole process, where that is written in another way. */
  parseGlobal?(text: string): Parsed<T>
  /** The default as the declaration writes it, to the value. */
  fromDefault(value: D): T
  print?(value: D): string
}

/** Bounds of a number, both allowed. */
export interface Range {
  readonly min?: number
  readonly max?: number
}

/** The fields of one key each. A bare number has Flume's unit; a bad value is refused unless the field says that Flume mends it. */
export const scalarFields = {
  string: make<string, object, string>(() => text('string')),

  /** A whole number. One of Java's 64 bits that JavaScript does not hold exactly counts as the next that it does. */
  int: make<number, Range, number>((range) => ({
    kind: 'int',
    constraint: rangeText(range),
    schema: { anyOf: [{ type: 'integer', ...bounds(range) }, { type: 'string' }] },
    parse: (value) => parseInt64(value, range),
    fromDefault: (value) => value,
  })),

  number: make<number, Range, number>((range) => ({
    kind: 'number',
    constraint: rangeText(range),
    schema: { anyOf: [{ type: 'number', ...bounds(range) }, { type: 'string' }] },
    parse: (value) =>
      inRange(/^[+-]?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined, range, value, { what: 'a number' }),
    fromDefault: (value) => value,
  })),

  /** Only `true` is true, as in Flume; any other text than `false` is a warning. */
  boolean: make<boolean, object, boolean>(() => ({
    kind: 'boolean',
    schema: { anyOf: [{ type: 'boolean' }, { type: 'string' }] },
    parse: (value) => {
      const lower = value.toLowerCase()
      if (lower === 'true' || lower === 'false') return { value: lower === 'true' }
      return {
        value: false,
        warning: { message: `"${short(value)}" counts as false, as in Flume`, fix: 'write true or false' },
      }
    },
    fromDefault: (value) => value,
  })),

  /** Milliseconds for `create`; the default, the bounds and a bare number are in the field's unit. */
  duration: make<number, Range & { readonly unit: DurationUnit }, number>((spec) => ({
    kind: 'duration',
    unit: spec.unit,
    constraint: rangeText(spec),
    schema: { type: ['number', 'string'] },
    parse: (value) => {
      const toUnit = toMilliseconds(1, spec.unit)
      return measured(parseDuration(value, spec.unit), toUnit, spec, value, {
        what: 'a duration',
        units: durationUnits,
      })
    },
    fromDefault: (value) => toMilliseconds(value, spec.unit),
  })),

  /** Bytes for `create`; the default, the bounds and a bare number are in the field's unit, bytes unless it says otherwise. */
  size: make<number, Range & { readonly unit?: SizeUnit }, number>((spec) => {
    const unit = spec.unit ?? 'B'
    return {
      kind: 'size',
      unit,
      constraint: rangeText(spec),
      schema: { type: ['number', 'string'] },
      parse: (value) =>
        measured(parseSize(value, unit), toBytes(1, unit), { ...spec, unit }, value, {
          what: 'a size',
          units: sizeUnits,
        }),
      fromDefault: (value) => toBytes(value, unit),
    }
  }),

  /** One of a list of words, in any case; the value is the word as the declaration writes it. */
  enum: makeEnum(),

  /** Words, separated by white space as Flume's lists are, or by what the field says. */
  list: make<readonly string[], { readonly separator?: RegExp; readonly separatorText?: string }, readonly string[]>(
    (spec) => ({
      kind: 'list',
      constraint: spec.separator ? `separated by ${spec.separatorText ?? 'commas'}` : 'separated by white space',
      schema: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: ['string', 'number', 'boolean'] } }] },
      parse: (value) => ({
        value: value
          .split(spec.separator ?? /\s+/)
          .map((word) => word.trim())
          .filter((word) => word !== ''),
      }),
      parseGlobal: (value) => ({ value: value.split(/[\s,]+/).filter((word) => word !== '') }),
      fromDefault: (value) => value,
      print: (value) => value.join(' '),
    }),
  ),

  /** A file or a folder; relative ones are relative to the working directory of the agent. */
  path: make<string, object, string>(() => text('path')),

  host: make<string, object, string>(() => ({
    ...text('host'),
    parse: (value) =>
      /^[^\s/]+$/.test(value)
        ? { value: value.replace(/^\[(.*)\]$/, '$1') }
        : wrong(`"${short(value)}" is not a host name or an address`, 'write a name, an IPv4 or an IPv6 address'),
  })),

  /** 0 lets the system choose. */
  port: make<number, object, number>(() => {
    const range = { min: 0, max: 65535 }
    return {
      kind: 'port',
      constraint: '0 to 65535',
      schema: { anyOf: [{ type: 'integer', minimum: 0, maximum: 65535 }, { type: 'string' }] },
      parse: (value) => inRange(/^\d+$/.test(value) ? Number(value) : undefined, range, value, { what: 'a port' }),
      fromDefault: (value) => value,
    }
  }),

  /** A regular expression in Java's syntax. */
  regex: make<JavaRegex, object, string>(() => ({
    kind: 'regex',
    constraint: 'Java syntax',
    schema: { type: 'string' },
    parse: parseRegex,
    fromDefault: (value) => compileJavaRegex(value),
    print: (value) => value,
  })),

  /** A password or a key: never printed. */
  secret: make<Secret, object, string>(() => ({
    kind: 'secret',
    schema: { type: 'string' },
    parse: (value) => ({ value: new Secret(value) }),
    fromDefault: (value) => new Secret(value),
    print: () => '(secret)',
  })),
}

function text(kind: string): Scalar<string, string> {
  return {
    kind,
    schema: { type: ['string', 'number', 'boolean'] },
    parse: (value) => ({ value }),
    fromDefault: (value) => value,
  }
}

function make<T, X, D>(scalarOf: (spec: X) => Scalar<T, D>): Make<T, X, D> {
  const maker = (spec: FieldOptions & X & { readonly default?: D; readonly required?: true }): Field<T | undefined> =>
    scalarField(scalarOf(spec), spec)
  return maker as Make<T, X, D>
}

function makeEnum() {
  type Spec<V extends string> = FieldOptions & { readonly values: readonly V[] }
  function maker<const V extends string>(spec: Spec<V> & { readonly default: NoInfer<V> }): Field<V>
  function maker<const V extends string>(spec: Spec<V> & { readonly required: true }): Field<V>
  function maker<const V extends string>(spec: Spec<V>): Field<V | undefined>
  function maker(
    spec: Spec<string> & { readonly default?: string; readonly required?: true },
  ): Field<string | undefined> {
    const { values } = spec
    const scalar: Scalar<string, string> = {
      kind: 'enum',
      constraint: values.join(', '),
      schema: { type: 'string', examples: values },
      parse: (word) => {
        const known = values.find((value) => value.toLowerCase() === word.toLowerCase())
        if (known !== undefined) return { value: known }
        const near = didYouMean(word, values)
        const fix = near ? `did you mean ${near}?` : `write one of ${values.join(', ')}`
        return wrong(`"${short(word)}" is not one of ${values.join(', ')}`, fix)
      },
      fromDefault: (value) => value,
    }
    return scalarField(scalar, spec)
  }
  return maker
}

function scalarField<T, D>(
  scalar: Scalar<T, D>,
  spec: FieldOptions & { readonly default?: D; readonly required?: true },
): Field<T | undefined> {
  const value = spec.default
  const facts: FieldFacts = {
    kind: scalar.kind,
    doc: spec.doc,
    required: spec.required === true,
    defaultText: spec.defaultText ?? defaultText(scalar, spec),
    unit: scalar.unit,
    constraint: scalar.constraint,
    onInvalid: spec.onInvalid ?? 'refuse',
    aliases: spec.aliases ?? [],
    ignored: spec.ignored,
  }
  return {
    ...facts,
    keys: (name) => [name, ...facts.aliases],
    schema: (name) => ({
      properties: Object.fromEntries(
        [name, ...facts.aliases].map((key) => [key, { description: facts.doc, ...scalar.schema }]),
      ),
    }),
    rows: (name) => [{ key: name, ...facts }],
    read: (section, name) => {
      const otherwise = value === undefined ? undefined : scalar.fromDefault(value)
      return readScalar(scalar, facts, section, name, otherwiseOf(scalar, spec.global, section) ?? otherwise)
    },
  }
}

function defaultText<T, D>(
  scalar: Scalar<T, D>,
  { default: value, global }: { readonly default?: D; readonly global?: GlobalNames },
): string | undefined {
  const own = value === undefined ? undefined : (scalar.print?.(value) ?? String(value))
  if (global === undefined) return own
  const first = `-D${global.property}, or ${global.variable} of the environment`
  return own === undefined || own === '' ? first : `${first}, or ${own}`
}

/** The default for the whole process, if one is set. */
function otherwiseOf<T, D>(
  scalar: Scalar<T, D>,
  names: GlobalNames | undefined,
  { reading: { globals } }: Section,
): T | undefined {
  if (names === undefined) return undefined
  const text = globals.properties.get(names.property) ?? globals.environment[names.variable]
  if (text === undefined || text === '') return undefined
  const parsed = scalar.parseGlobal?.(text) ?? scalar.parse(text)
  return 'value' in parsed ? parsed.value : undefined
}

function readScalar<T, D>(
  scalar: Scalar<T, D>,
  { required, aliases, onInvalid, defaultText, ignored }: FieldFacts,
  section: Section,
  name: string,
  otherwise: T | undefined,
): T | undefined {
  const setting = section.first([name, ...aliases])
  if (setting === undefined) {
    if (required) section.missing(name, `${section.key(name)} is needed`, `add ${section.key(name)} = …`)
    return otherwise
  }
  const key = setting.key.slice(section.prefix.length)
  const parsed = scalar.parse(setting.value)
  if (ignored !== undefined) {
    section.note(key, `${key} does nothing here: ${ignored}`, `remove ${setting.key}`)
    return 'value' in parsed ? parsed.value : otherwise
  }
  if ('value' in parsed) {
    if (parsed.warning) section.warning(key, parsed.warning.message, parsed.warning.fix)
    return parsed.value
  }
  const { message, fix } = parsed.wrong
  const instead = defaultText === undefined ? 'it is left out' : `${defaultText} is used`
  if (onInvalid === 'default') section.warning(key, `${message}; ${instead}, as in Flume`, fix)
  else section.error(key, message, fix)
  return otherwise
}

/** For messages. */
interface Measure {
  /** `a whole number` */
  readonly what: string
  readonly units?: readonly string[]
}

function parseInt64(written: string, range: Range): Parsed<number> {
  const measure = { what: 'a whole number' }
  if (!/^[+-]?\d+$/.test(written)) return inRange(undefined, range, written, measure)
  const value = Number(written)
  if (Number.isSafeInteger(value)) return inRange(value, range, written, measure)
  if (written.length > 20 || BigInt.asIntN(64, BigInt(written)) !== BigInt(written)) {
    return wrong(`${short(written)} is out of range`, 'write a whole number of at most 64 bits')
  }
  const nearest = value < 0 ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER
  const parsed = inRange(nearest, range, written, measure)
  const warning = { message: `${written} counts as ${nearest}`, fix: `write ${nearest}` }
  return 'value' in parsed ? { ...parsed, warning } : parsed
}

/** @param scale of the field's unit, which the bounds are in */
function measured(
  value: number | undefined,
  scale: number,
  range: Range & { readonly unit: string },
  written: string,
  measure: Measure,
): Parsed<number> {
  const similar = withSimilarUnits(written, measure.units ?? [])
  if (value === undefined && similar.length > 0) {
    return wrong(`"${short(written)}" has no unit that there is`, `did you mean ${similar.join(' or ')}?`)
  }
  const tooLarge = value !== undefined && Math.abs(value) > Number.MAX_SAFE_INTEGER
  if (tooLarge) return wrong(`${short(written)} is out of range`, `write ${measure.what} that is less`)
  const parsed = inRange(value === undefined ? undefined : value / scale, range, written, measure)
  return 'value' in parsed ? { value: value! } : parsed
}

function inRange(
  value: number | undefined,
  range: Range & { readonly unit?: string },
  written: string,
  { what, units }: Measure,
): Parsed<number> {
  const { min, max } = range
  if (value === undefined || !Number.isFinite(value)) {
    const more = units ? `, a number with one of ${units.join(' ')}` : ''
    return wrong(`"${short(written)}" is not ${what}`, `write ${what}${more}`)
  }
  if ((min !== undefined && value < min) || (max !== undefined && value > max)) {
    const unit = range.unit === undefined ? '' : ` ${range.unit}`
    return wrong(`${short(written)} is out of range`, `write ${what}, ${rangeText(range)}${unit}`)
  }
  return { value }
}

function wrong(message: string, fix: string): { readonly wrong: Mend } {
  return { wrong: { message, fix } }
}

/** A value in a message: what does not fit into a line is cut off. */
function short(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function rangeText({ min, max }: Range): string | undefined {
  if (min !== undefined && max !== undefined) return `${min} to ${max}`
  if (min !== undefined) return `at least ${min}`
  return max === undefined ? undefined : `at most ${max}`
}

function bounds({ min, max }: Range): JsonSchema {
  return { ...(min !== undefined && { minimum: min }), ...(max !== undefined && { maximum: max }) }
}

function parseRegex(source: string): Parsed<JavaRegex> {
  try {
    return { value: compileJavaRegex(source) }
  } catch (error) {
    if (!(error instanceof JavaRegexError)) throw error
    return wrong(`${error.message} near index ${error.index} of ${short(source)}`, error.hint)
  }
}
