import { z } from 'zod';
import { closest } from '../model/closest.ts';
import { describeFound, type KeyPath, type Problem } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** Stands for "the schema has no words of its own for this": what is said then is said here, in our words. */
const NO_MESSAGE = '\u0000';

/**
 * Checks a value and gives it back with defaults filled in, or undefined after adding what is wrong to `problems`.
 * `raw` is the same value as written, for "found …": secrets must not get into messages.
 */
export function validate<T>(
  schema: z.ZodType<T>,
  value: unknown,
  raw: unknown,
  path: KeyPath,
  problems: Problem[],
): T | undefined {
  const result = schema.safeParse(value, { error: () => NO_MESSAGE });
  if (result.success) return result.data;
  for (const issue of result.error.issues) explain(issue, [], { schema, raw, path, problems });
  return undefined;
}

interface Context {
  readonly schema: z.ZodType;
  readonly raw: unknown;
  readonly path: KeyPath;
  readonly problems: Problem[];
}

function explain(issue: Issue, above: KeyPath, context: Context): void {
  const inside = [...above, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  const add = (path: KeyPath, at: Problem['at'], problem: string) =>
    context.problems.push({ path: [...context.path, ...path], at, problem });
  const found = valueAt(context.raw, inside);

  if (issue.message !== NO_MESSAGE) {
    // Words about a map as a whole ("expected one of a and b") are clear without "found a map".
    const whole = issue.code === 'custom' && typeof found === 'object';
    const wants = /^expected /.test(issue.message) && !whole;
    add(inside, 'value', wants ? `${issue.message}, found ${describeFound(found)}` : issue.message);
  } else if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(context.schema, inside);
    for (const key of issue.keys) add([...inside, key], 'key', unknownName('key', key, known));
  } else if (issue.code === 'invalid_key') {
    const [first] = issue.issues;
    add(inside, 'key', first && first.message !== NO_MESSAGE ? first.message : `this cannot be a key here`);
  } else if (issue.code === 'invalid_union') {
    const branch = likeliest(issue.errors);
    if (branch) for (const each of branch) explain(each, inside, context);
    else add(inside, 'value', `${expectedOfAll(issue.errors)}, found ${describeFound(found)}`);
  } else if (found === undefined) {
    add(inside, 'value', `it is missing: ${sentenceOf(issue)}`);
  } else {
    add(inside, 'value', `${sentenceOf(issue)}, found ${describeFound(found)}`);
  }
}

/** `there is no key "endpoint" here (did you mean "endpoints"?)`, or what there is instead. */
export function unknownName(kind: string, name: string, known: readonly string[]): string {
  return `there is no ${kind} ${describeFound(name)} here ${instead(name, known)}`;
}

/** In brackets: the nearest of the known names, or all of them. */
export function instead(name: string, known: readonly string[]): string {
  const near = closest(name, known);
  if (near) return `(did you mean "${near}"?)`;
  return known.length > 0 ? `(known: ${list(known)})` : '(none is known)';
}

function list(names: readonly string[]): string {
  return names.length > 20 ? `${names.slice(0, 20).join(', ')} …` : names.join(', ');
}

/** The branch of a union that the value was meant for: the one that has the right type at its top. */
function likeliest(branches: readonly (readonly Issue[])[]): readonly Issue[] | null {
  return branches.filter(fits).toSorted((a, b) => a.length - b.length)[0] ?? null;
}

function fits(issues: readonly Issue[]): boolean {
  return !issues.some((issue) => {
    if (issue.path.length > 0) return false;
    return issue.code === 'invalid_type' || (issue.code === 'invalid_union' && !issue.errors.some(fits));
  });
}

function expectedOfAll(branches: readonly (readonly Issue[])[]): string {
  const names = branches.flat().flatMap((issue) => (issue.code === 'invalid_type' ? [typeName(issue.expected)] : []));
  return `expected ${[...new Set(names)].join(' or ')}`;
}

function sentenceOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeName(issue.expected)}`;
    case 'invalid_value':
      return `expected ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return bound(issue.origin, issue.inclusive ? 'at least' : 'more than', Number(issue.minimum));
    case 'too_big':
      return bound(issue.origin, issue.inclusive ? 'at most' : 'less than', Number(issue.maximum));
    case 'not_multiple_of':
      return `expected a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return `expected ${issue.format === 'regex' && 'pattern' in issue ? `text like ${issue.pattern}` : `a valid ${issue.format}`}`;
    default:
      return 'expected something else';
  }
}

function bound(origin: string, relation: string, limit: number): string {
  if (origin === 'string') return `expected text of ${relation} ${limit} characters`;
  if (origin === 'array' || origin === 'set') return `expected a list of ${relation} ${limit}`;
  if (origin === 'object' || origin === 'record' || origin === 'map') return `expected a map of ${relation} ${limit}`;
  return `expected ${relation} ${limit}`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a map',
  record: 'a map',
  map: 'a map',
  null: 'nothing',
  undefined: 'nothing',
};

function typeName(type: string): string {
  return TYPE_NAMES[type] ?? type;
}

function valueAt(value: unknown, path: KeyPath): unknown {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return undefined;
    current = (current as Record<string | number, unknown>)[part];
  }
  return current;
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
}

/** Keys that a schema knows at a place in it, read from its JSON Schema, which looks the same whatever it is wrapped in. */
function knownKeys(schema: z.ZodType, path: KeyPath): readonly string[] {
  let places: readonly JsonSchema[] = [z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema];
  const alternatives = (place: JsonSchema): readonly JsonSchema[] => [
    place,
    ...[place.anyOf, place.oneOf, place.allOf].flatMap((each) => (each ?? []).flatMap(alternatives)),
  ];
  for (const part of path) {
    places = places.flatMap(alternatives).flatMap((place) => {
      const next = typeof part === 'number' ? place.items : (place.properties?.[part] ?? place.additionalProperties);
      return typeof next === 'object' ? [next] : [];
    });
  }
  return [...new Set(places.flatMap(alternatives).flatMap(({ properties }) => Object.keys(properties ?? {})))];
}
