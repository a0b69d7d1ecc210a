import { sample } from 'openapi-sampler';
import { isUnsafeJson, isUnsafeKey, listOf, mapOf, own, type UnknownMap } from '../untrusted.ts';
import type { References } from './refs.ts';

/** A schema may refer to itself, and twice: what is handed to the sampler is a tree of at most this many nodes. */
const MOST_NODES = 2000;
const DEEPEST = 10;
const MOST_ITEMS = 3;
const LONGEST_TEXT = 256;

/** Keywords that are copied as they are. */
const PLAIN = [
  'type',
  'format',
  'nullable',
  'readOnly',
  'writeOnly',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
];

/** An example of what a schema describes, for a request: undefined when there is none. */
export function sampleOf(schema: unknown, references: References): unknown {
  const bounded = new Bounded(references).copy(schema, 0, []);
  if (bounded === null) return undefined;
  try {
    const value = sample(bounded as Parameters<typeof sample>[0], {
      skipReadOnly: true,
      quiet: true,
      maxSampleDepth: DEEPEST + 2,
    });
    return isUnsafeJson(value) ? undefined : value;
  } catch {
    // A schema that the sampler cannot make sense of.
    return undefined;
  }
}

/** Copies a schema without references, circles and numbers that would make a sample endless. */
class Bounded {
  readonly #references: References;
  #nodes = 0;

  constructor(references: References) {
    this.#references = references;
  }

  /** `above`: references on the way here. Null for what is no schema, or leads back to itself. */
  copy(schema: unknown, depth: number, above: readonly string[]): Record<string, unknown> | null {
    if (depth > DEEPEST || ++this.#nodes > MOST_NODES) return null;
    const found = this.#references.follow(schema);
    if (found === null || (found.ref !== null && above.includes(found.ref))) return null;
    const way = found.ref === null ? above : [...above, found.ref];
    const source = found.value;
    const result: Record<string, unknown> = {};
    for (const key of PLAIN) if (isPlain(own(source, key))) result[key] = own(source, key);
    this.#limits(source, result);
    examples(source, result);
    const nested = (key: string) => this.copy(own(source, key), depth + 1, way);
    const list = (key: string, most: number): readonly Record<string, unknown>[] =>
      listOf(own(source, key))
        .slice(0, most)
        .flatMap((item) => {
          const copy = this.copy(item, depth + 1, way);
          return copy === null ? [] : [copy];
        });
    for (const key of ['allOf', 'prefixItems'] as const) {
      const items = list(key, 20);
      if (items.length > 0) result[key] = items;
    }
    for (const key of ['oneOf', 'anyOf'] as const) {
      // The first that is not null: `anyOf: [{type: 'null'}, …]` is how 3.1 says optional.
      const items = list(key, 5);
      const first = items.find(({ type }) => type !== 'null') ?? items[0];
      if (first) result[key] = [first];
    }
    for (const key of ['items', 'additionalProperties'] as const) {
      const item = mapOf(own(source, key)) === null ? null : nested(key);
      if (item !== null) result[key] = item;
    }
    this.#properties(source, result, depth, way);
    return result;
  }

  #properties(source: UnknownMap, result: Record<string, unknown>, depth: number, way: readonly string[]): void {
    const properties = mapOf(own(source, 'properties'));
    if (properties === null) return;
    const copied = Object.entries(properties).flatMap(([name, item]) => {
      if (isUnsafeKey(name)) return [];
      const copy = this.copy(item, depth + 1, way);
      return copy === null ? [] : [[name, copy] as const];
    });
    result.properties = Object.fromEntries(copied);
    result.type ??= 'object';
    // Names that were left out must not be asked for.
    const known = new Set(copied.map(([name]) => name));
    result.required = listOf(own(source, 'required')).filter((name) => typeof name === 'string' && known.has(name));
  }

  #limits(source: UnknownMap, result: Record<string, unknown>): void {
    const number = (key: string, most: number) => {
      const value = own(source, key);
      if (typeof value === 'number' && value >= 0) result[key] = Math.min(Math.floor(value), most);
    };
    number('minItems', MOST_ITEMS);
    number('maxItems', MOST_ITEMS);
    // The sampler complains on the console when a date is not as long as it should be.
    if (typeof result.format === 'string' && /date|time/.test(result.format)) return;
    number('minLength', LONGEST_TEXT);
    number('maxLength', LONGEST_TEXT);
  }
}

function isPlain(value: unknown): boolean {
  return typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string' || isTypeList(value);
}

/** 3.1: `type: [string, 'null']`. */
function isTypeList(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length > 0 && value.length < 10 && value.every((item) => typeof item === 'string')
  );
}

function examples(source: UnknownMap, result: Record<string, unknown>): void {
  const take = (key: string, value: unknown) => {
    if (value !== undefined && !isUnsafeJson(value)) result[key] = value;
  };
  take('example', own(source, 'example'));
  take('default', own(source, 'default'));
  take('const', own(source, 'const'));
  // Of lists the first is enough.
  for (const key of ['examples', 'enum'] as const) {
    const [first] = listOf(own(source, key));
    if (first !== undefined) take(key, [first]);
  }
  // `type: [null, string]`: the sampler takes the first.
  if (Array.isArray(result.type)) result.type = result.type.find((type) => type !== 'null') ?? 'null';
}
