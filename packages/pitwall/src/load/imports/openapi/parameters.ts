import { literal, pathSegment, queryPart } from '../literal.ts';
import type { ImportNotes } from '../notes.ts';
import type { Recording } from '../recording.ts';
import { isUnsafeJson, listOf, mapOf, own, textAt, type UnknownMap } from '../untrusted.ts';
import type { References } from './refs.ts';
import { sampleOf } from './sample.ts';

/** A parameter with a value that can be sent. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly value: unknown;
  readonly style: string;
  readonly explode: boolean;
}

export interface Parameters {
  readonly parameters: readonly Parameter[];
  /** A required one has a form that cannot be written: the operation makes no sense without it. */
  readonly problem: string | null;
}

/** Headers that OpenAPI says are described elsewhere. */
const NOT_PARAMETERS = new Set(['accept', 'content-type', 'authorization']);

/** Parameters of a path item and of its operation, whose own go before. Optional ones are taken when they have an example. */
export function parametersOf(
  path: UnknownMap,
  operation: UnknownMap,
  references: References,
  notes: ImportNotes,
): Parameters {
  const found = new Map<string, UnknownMap>();
  for (const item of [...listOf(own(path, 'parameters')), ...listOf(own(operation, 'parameters'))].slice(0, 200)) {
    const parameter = references.resolve(item);
    const name = textAt(parameter, 'name');
    if (parameter !== null && name !== null) found.set(`${textAt(parameter, 'in')}\n${name}`, parameter);
  }
  const parameters: Parameter[] = [];
  let problem: string | null = null;
  for (const parameter of found.values()) {
    const name = textAt(parameter, 'name')!;
    const place = textAt(parameter, 'in') ?? '';
    if (!isPlace(place) || (place === 'header' && NOT_PARAMETERS.has(name.toLowerCase()))) continue;
    const required = place === 'path' || own(parameter, 'required') === true;
    const example = explicitExample(parameter, references);
    if (!required && example === undefined) {
      notes.leaveOut('optional parameter', 'it has no example', `${place} ${name}`);
      continue;
    }
    const style = textAt(parameter, 'style') ?? (place === 'query' || place === 'cookie' ? 'form' : 'simple');
    const value = example ?? valueFor(parameter, place, references);
    if (!STYLES[place].includes(style)) {
      notes.leaveOut('parameter', `its style ${style.slice(0, 40)} is not written`, `${place} ${name}`);
      if (required) problem ??= `its parameter ${name} has the style ${style.slice(0, 40)}`;
      continue;
    }
    const explode = own(parameter, 'explode');
    parameters.push({
      name,
      in: place,
      value,
      style,
      explode: typeof explode === 'boolean' ? explode : style === 'form',
    });
  }
  return { parameters, problem };
}

const STYLES: Readonly<Record<Parameter['in'], readonly string[]>> = {
  path: ['simple'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form'],
};

function isPlace(place: string): place is Parameter['in'] {
  return Object.hasOwn(STYLES, place);
}

/** `example`, or the first of `examples`, of a parameter or a media type, or of its schema; undefined without one. */
export function explicitExample(holder: UnknownMap, references: References): unknown {
  const named = mapOf(own(holder, 'examples'));
  const [first] = named === null ? [] : Object.values(named);
  const schema = references.resolve(own(holder, 'schema') ?? {});
  const candidates = [
    own(holder, 'example'),
    first === undefined ? undefined : own(references.resolve(first), 'value'),
    own(schema, 'example'),
    listOf(own(schema, 'examples'))[0],
  ];
  return candidates.find((value) => value !== undefined && !isUnsafeJson(value));
}

function valueFor(parameter: UnknownMap, place: string, references: References): unknown {
  const content = mapOf(own(parameter, 'content'));
  const [media] = content === null ? [] : Object.values(content);
  if (media !== undefined) return JSON.stringify(sampleOf(own(media, 'schema'), references) ?? {});
  const sample = sampleOf(own(parameter, 'schema'), references);
  // No row has the number 0.
  if (place === 'path' && (sample === 0 || sample === undefined || sample === null)) return 1;
  return sample ?? '';
}

/** `/pets/{petId}` with the parameters in it as variables, which a person changes in one place. */
export function pathTemplate(path: string, parameters: readonly Parameter[], variables: PathVariables): string {
  return path
    .split(/(\{[^{}/]{1,200}\})/)
    .map((piece, index) => {
      if (index % 2 === 0)
        return piece
          .split('/')
          .map((part) => pathSegment(decodedOr(part)))
          .join('/');
      const name = piece.slice(1, -1);
      const parameter = parameters.find((each) => each.in === 'path' && each.name === name);
      const value = literal(parameter === undefined ? '1' : simple(parameter.value, parameter.explode));
      return `{{${variables.nameFor(name, value)}}}`;
    })
    .join('');
}

function decodedOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Variables for path parameters: one for a name, as long as it has the same value everywhere. */
export class PathVariables {
  readonly #recording: Recording;
  readonly #known = new Map<string, string>();

  constructor(recording: Recording) {
    this.#recording = recording;
  }

  nameFor(parameter: string, value: string): string {
    const key = JSON.stringify([parameter, value]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const variable = this.#recording.names.name(parameter);
    this.#recording.variables.set(variable, { value, comment: 'put one that exists' });
    this.#known.set(key, variable);
    return variable;
  }
}

/** Style `simple`: lists and maps with commas. */
export function simple(value: unknown, explode: boolean): string {
  if (Array.isArray(value)) return value.map(scalar).join(',');
  const map = mapOf(value);
  if (map === null) return scalar(value);
  return Object.entries(map)
    .map(([key, item]) => `${key}${explode ? '=' : ','}${scalar(item)}`)
    .join(',');
}

/** Query of the parameters, percent-encoded, without the question mark. */
export function queryOf(parameters: readonly Parameter[]): string {
  return parameters
    .filter((parameter) => parameter.in === 'query')
    .flatMap(queryPairs)
    .map(([key, value]) => `${queryPart(key)}=${value}`)
    .join('&');
}

function queryPairs({ name, value, style, explode }: Parameter): readonly (readonly [key: string, encoded: string])[] {
  const encode = (item: unknown) => queryPart(scalar(item));
  const map = mapOf(value);
  if (Array.isArray(value)) {
    if (explode) return value.map((item) => [name, encode(item)] as const);
    const glue = style === 'spaceDelimited' ? '%20' : style === 'pipeDelimited' ? '%7C' : ',';
    return [[name, value.map(encode).join(glue)]];
  }
  if (map === null) return [[name, encode(value)]];
  const entries = Object.entries(map);
  if (style === 'deepObject') return entries.map(([key, item]) => [`${name}[${key}]`, encode(item)] as const);
  if (explode) return entries.map(([key, item]) => [key, encode(item)] as const);
  return [[name, entries.map(([key, item]) => `${queryPart(key)},${encode(item)}`).join(',')]];
}

export function scalar(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, 2000);
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value).slice(0, 2000) : String(value);
}
