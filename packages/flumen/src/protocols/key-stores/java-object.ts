import type { ByteReader } from './byte-reader.ts'
import { damaged, KeyStoreProblem } from './key-store-error.ts'

/**
 * Java's serialisation (Java Object Serialization Specification, chapter 6), as far as keys need it: objects of
 * serialisable classes, strings, byte arrays, constants of enums. No class is loaded and no code of the stream is run:
 * the result is names and values.
 */
export type JavaValue = null | number | string | Buffer | JavaObject | JavaConstant

export interface JavaObject {
  readonly className: string
  /** Those of its superclasses too. */
  readonly fields: ReadonlyMap<string, JavaValue>
}

export interface JavaConstant {
  readonly enumName: string
  readonly constant: string
}

const streamMagic = 0xaced0005
const code = {
  null: 0x70,
  reference: 0x71,
  classDescription: 0x72,
  object: 0x73,
  string: 0x74,
  array: 0x75,
  blockData: 0x77,
  endOfBlockData: 0x78,
  enum: 0x7e,
} as const
const flag = { writeMethod: 1, serializable: 2, externalizable: 4 } as const
const firstHandle = 0x7e0000
const mostDepth = 32
const primitiveBytes: Readonly<Record<string, number>> = { B: 1, C: 2, D: 8, F: 4, I: 4, J: 8, S: 2, Z: 1 }

interface ClassDescription {
  readonly name: string
  readonly flags: number
  readonly fields: readonly { readonly type: string; readonly name: string }[]
  readonly parent: ClassDescription | undefined
}

/** Reads one object with its stream's header from where the reader stands, and not a byte more. */
export function readJavaObject(reader: ByteReader): JavaObject {
  if (reader.int() !== streamMagic) throw damaged('a Java object was expected')
  const value = new ObjectReader(reader).value(0)
  if (!isJavaObject(value)) throw damaged('a Java object was expected')
  return value
}

export function isJavaObject(value: JavaValue | undefined): value is JavaObject {
  return typeof value === 'object' && value !== null && 'className' in value
}

class ObjectReader {
  readonly #reader: ByteReader
  /** What later parts of the stream may refer to, by order of appearance. */
  readonly #handles: (ClassDescription | JavaValue)[] = []

  constructor(reader: ByteReader) {
    this.#reader = reader
  }

  value(depth: number): JavaValue {
    if (depth > mostDepth) throw damaged('its Java objects are nested too deeply')
    const kind = this.#reader.byte()
    switch (kind) {
      case code.null:
        return null
      case code.reference:
        return this.#referredValue()
      case code.string: {
        const text = this.#reader.text()
        this.#handles.push(text)
        return text
      }
      case code.array:
        return this.#bytes(depth)
      case code.object:
        return this.#object(depth)
      case code.enum:
        return this.#constant(depth)
      default:
        throw damaged(`its Java objects have an unknown code ${kind}`)
    }
  }

  #object(depth: number): JavaObject {
    const description = this.#description(depth)
    if (description === undefined) throw damaged('a Java object has no class')
    const fields = new Map<string, JavaValue>()
    const object = { className: description.name, fields }
    this.#handles.push(object)
    for (const each of fromTheRoot(description)) {
      if ((each.flags & flag.externalizable) !== 0 || (each.flags & flag.serializable) === 0)
        throw new KeyStoreProblem('unsupported', `Java objects of ${each.name} are not read`)
      for (const { type, name } of each.fields) fields.set(name, this.#field(type, depth))
      if ((each.flags & flag.writeMethod) !== 0) this.#skipAnnotations(depth)
    }
    return object
  }

  #field(type: string, depth: number): JavaValue {
    const length = primitiveBytes[type]
    return length === undefined ? this.value(depth + 1) : this.#number(length)
  }

  /** Of floating point numbers, which no key has, only the bits. */
  #number(length: number): number {
    const bytes = this.#reader.take(length)
    return length === 8 ? Number(bytes.readBigInt64BE(0)) : bytes.readIntBE(0, length)
  }

  #bytes(depth: number): Buffer {
    const description = this.#description(depth)
    const place = this.#handles.push(null) - 1
    if (description?.name !== '[B')
      throw new KeyStoreProblem('unsupported', `Java arrays of type ${description?.name} are not read`)
    const bytes = this.#reader.block()
    this.#handles[place] = bytes
    return bytes
  }

  #constant(depth: number): JavaConstant {
    const description = this.#description(depth)
    const place = this.#handles.push(null) - 1
    const constant = this.value(depth + 1)
    if (description === undefined || typeof constant !== 'string') throw damaged('a Java enum has no constant')
    const value = { enumName: description.name, constant }
    this.#handles[place] = value
    return value
  }

  #description(depth: number): ClassDescription | undefined {
    if (depth > mostDepth) throw damaged('its Java classes are nested too deeply')
    const kind = this.#reader.byte()
    if (kind === code.null) return undefined
    if (kind === code.reference) {
      const referred = this.#referred()
      if (isDescription(referred)) return referred
      throw damaged('a Java object refers to a class that is none')
    }
    if (kind !== code.classDescription) throw damaged(`its Java classes have an unknown code ${kind}`)
    return this.#newDescription(depth)
  }

  #newDescription(depth: number): ClassDescription {
    const name = this.#reader.text()
    // The version of the class: the fields say what they are.
    this.#reader.take(8)
    const place = this.#handles.push(null) - 1
    const flags = this.#reader.byte()
    const fields: { type: string; name: string }[] = []
    for (let count = this.#reader.short(); count > 0; count--) {
      const type = String.fromCharCode(this.#reader.byte())
      fields.push({ type, name: this.#reader.text() })
      if (type === 'L' || type === '[') this.value(depth + 1)
      else if (!(type in primitiveBytes)) throw damaged('a field of a Java class has an unknown type')
    }
    this.#skipAnnotations(depth)
    const description = { name, flags, fields, parent: this.#description(depth + 1) }
    this.#handles[place] = description
    return description
  }

  #skipAnnotations(depth: number): void {
    for (;;) {
      const { position } = this.#reader
      const kind = this.#reader.byte()
      if (kind === code.endOfBlockData) return
      if (kind === code.blockData) this.#reader.take(this.#reader.byte())
      else {
        this.#reader.back(position)
        this.value(depth + 1)
      }
    }
  }

  #referredValue(): JavaValue {
    const referred = this.#referred()
    if (isDescription(referred)) throw damaged('a Java object refers to a class in the place of a value')
    return referred
  }

  #referred(): ClassDescription | JavaValue {
    const referred = this.#handles[this.#reader.int() - firstHandle]
    if (referred === undefined) throw damaged('a Java object refers to what is not there')
    return referred
  }
}

function isDescription(value: ClassDescription | JavaValue): value is ClassDescription {
  return typeof value === 'object' && value !== null && 'parent' in value
}

function fromTheRoot(description: ClassDescription): readonly ClassDescription[] {
  const classes: ClassDescription[] = []
  for (let each: ClassDescription | undefined = description; each !== undefined; each = each.parent)
    classes.unshift(each)
  return classes
}
