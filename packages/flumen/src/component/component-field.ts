import { type Field, type FieldOptions, readFields } from '../config/field.ts'
import type { Section } from '../config/section.ts'
import { type ContextOf, type Instance, type Kind, kindNames } from './kind.ts'

/** Another component inside one (a serializer): chosen by its type, made by the one who holds it, never imported. */
export interface Nested<K extends Kind> {
  /** As it was written. */
  readonly type: string
  /** A new instance each time. */
  create(context: ContextOf[K]): Promise<Instance[K]>
}

interface ComponentFieldOptions extends FieldOptions {
  readonly default: string
  /** The component's own keys stand beside this one (`s1.type`, `s1.pattern`) and not below it. */
  readonly siblings?: boolean
}

/**
 * A field that holds another component: `sink.serializer = avro_event` with that component's own keys below,
 * `sink.serializer.compressionCodec = snappy`. In YAML and JSON also `serializer: {type: avro_event, …}`.
 */
export function componentField<K extends Kind>(kind: K, spec: ComponentFieldOptions): Field<Nested<K>> {
  const pattern = (name: string): string => (spec.siblings ? name.replace(/[^.]*$/, '*') : `${name}.*`)
  const facts = {
    kind: kindNames[kind].one,
    doc: spec.doc,
    required: false,
    defaultText: spec.default,
    unit: undefined,
    constraint: `a type of ${kindNames[kind].one}, a class name, or a path`,
    onInvalid: 'refuse' as const,
    aliases: spec.aliases ?? [],
    ignored: spec.ignored,
  }
  return {
    ...facts,
    keys: (name) => (spec.siblings ? [name] : [name, pattern(name)]),
    rows: (name) => [
      { ...facts, key: name },
      {
        ...facts,
        key: pattern(name),
        kind: 'keys',
        doc: `Keys of the ${kindNames[kind].one}.`,
        defaultText: undefined,
        constraint: undefined,
      },
    ],
    schema: (name) => ({
      properties: { [name]: { description: spec.doc, type: ['string', 'object'] } },
      ...(!spec.siblings && { patternProperties: { [`^${name}\\..+$`]: {} } }),
    }),
    read: (section, name) => readNested(kind, section, [name, ...facts.aliases], spec),
  }
}

async function readNested<K extends Kind>(
  kind: K,
  section: Section,
  names: readonly string[],
  spec: ComponentFieldOptions,
): Promise<Nested<K>> {
  const name = names[0]!
  const setting = section.first(spec.siblings ? names : [...names, `${name}.type`])
  const type = setting?.value ?? spec.default
  const { declarations, directory } = section.reading
  const found = await declarations?.find(kind, type, directory)
  if (!found || 'message' in found) {
    leaveUnread(section, spec.siblings ? undefined : name)
    section.error(
      setting?.key.slice(section.prefix.length) ?? name,
      found?.message ?? `there is no ${kindNames[kind].one} ${type}`,
      found?.fix ?? '',
    )
    return { type, create: () => Promise.reject(new Error(`there is no ${kindNames[kind].one} ${type}`)) }
  }
  const below = spec.siblings ? section : section.below(name)
  const before = section.reading.problems.errorsEver
  const options = await readFields(found.declaration.fields, below)
  const declaration = found.declaration as unknown as {
    check?(options: unknown, section: Section): void
    create(options: unknown, context: ContextOf[K]): Instance[K] | Promise<Instance[K]>
  }
  if (section.reading.problems.errorsEver === before) declaration.check?.(options, below)
  return { type, create: async (context) => declaration.create(options, context) }
}

/** What a component that there is not would have read is not unknown. */
function leaveUnread(section: Section, name: string | undefined): void {
  const { settings, used } = section.reading
  const prefix = name === undefined ? section.prefix : `${section.key(name)}.`
  for (const { key } of settings.below(prefix)) used.add(key)
}
