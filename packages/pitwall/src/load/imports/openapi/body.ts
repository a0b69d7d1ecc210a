import type { MultipartPart, StepBody } from '../../../model/scenario.ts';
import { literal, withoutReferences } from '../literal.ts';
import type { ImportNotes } from '../notes.ts';
import { isUnsafeKey, mapOf, own, type UnknownMap } from '../untrusted.ts';
import { explicitExample, scalar } from './parameters.ts';
import type { References } from './refs.ts';
import { sampleOf } from './sample.ts';

export interface OperationBody {
  readonly body: StepBody | null;
  /** Content-Type that the step has to say itself. */
  readonly contentType: string | null;
  /** A body that has to be there cannot be made. */
  readonly problem: string | null;
}

const NONE: OperationBody = { body: null, contentType: null, problem: null };

/** The kinds of bodies that can be made, the best first. */
const KINDS: readonly (readonly [kind: string, matches: (type: string) => boolean])[] = [
  ['json', (type) => type === 'application/json'],
  ['json', (type) => /^application\/[\w.+-]+\+json$/.test(type)],
  ['form', (type) => type === 'application/x-www-form-urlencoded'],
  ['multipart', (type) => type === 'multipart/form-data'],
  ['json', (type) => type === '*/*'],
  ['text', (type) => /^text\/|[/+]xml$/.test(type)],
];

/** An example of what an operation wants to be sent. */
export function bodyOf(operation: UnknownMap, references: References, notes: ImportNotes): OperationBody {
  if (own(operation, 'requestBody') === undefined) return NONE;
  const request = references.resolve(own(operation, 'requestBody'));
  const content = mapOf(own(request, 'content')) ?? {};
  const required = own(request, 'required') === true;
  for (const [kind, matches] of KINDS) {
    const entry = Object.entries(content).find(([type]) => matches(typeOf(type)));
    const media = entry && references.resolve(entry[1]);
    if (!entry || !media) continue;
    const value = explicitExample(media, references) ?? sampleOf(own(media, 'schema'), references);
    const made = madeOf(kind, typeOf(entry[0]), value, media, references, notes);
    if (made !== null) return made;
  }
  const types = Object.keys(content).map(typeOf).slice(0, 3).join(', ') || 'nothing';
  return { ...NONE, problem: required ? `no example can be made of its body (${types})` : null };
}

function typeOf(mediaType: string): string {
  return mediaType.split(';', 1)[0]!.trim().toLowerCase().slice(0, 100);
}

function madeOf(
  kind: string,
  type: string,
  value: unknown,
  media: UnknownMap,
  references: References,
  notes: ImportNotes,
): OperationBody | null {
  if (value === undefined) return null;
  if (kind === 'json') {
    const body = { kind: 'json', value: jsonTemplate(value) } as const;
    return { body, contentType: type === 'application/json' || type === '*/*' ? null : type, problem: null };
  }
  if (kind === 'text') {
    if (typeof value !== 'string') return null;
    return { body: { kind: 'text', text: literal(value), contentType: type }, contentType: null, problem: null };
  }
  const fields = mapOf(value);
  if (fields === null) return null;
  if (kind === 'form') {
    const written = Object.entries(fields).map(([name, item]) => [name, literal(scalar(item))] as const);
    return { body: { kind: 'form', fields: Object.fromEntries(written) }, contentType: null, problem: null };
  }
  const schema = references.resolve(own(media, 'schema') ?? {});
  const parts = Object.entries(fields).map(([name, item]) => partOf(name, item, schema, references, notes));
  return { body: { kind: 'multipart', parts }, contentType: null, problem: null };
}

/** A property of format `binary` (3.0), or with a content media type (3.1), is a file. */
function partOf(
  name: string,
  value: unknown,
  schema: UnknownMap | null,
  references: References,
  notes: ImportNotes,
): MultipartPart {
  const property = references.resolve(own(own(schema, 'properties'), name) ?? {});
  const isFile = own(property, 'format') === 'binary' || own(property, 'contentMediaType') !== undefined;
  if (isFile) notes.leaveOut('content of an uploaded file', 'a line of text is sent instead; put a file there', name);
  return {
    name: withoutReferences(name),
    value: isFile ? 'placeholder for the content of a file\n' : literal(scalar(value)),
    base64: false,
    fileName: isFile ? 'file.txt' : null,
    contentType: mapOf(value) === null || isFile ? null : 'application/json',
  };
}

/** The same data with every text as it stands. */
function jsonTemplate(value: unknown): unknown {
  if (typeof value === 'string') return literal(value);
  if (Array.isArray(value)) return value.map(jsonTemplate);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (isUnsafeKey(key) ? [] : [[key, jsonTemplate(item)]])),
  );
}
