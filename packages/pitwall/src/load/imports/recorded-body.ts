import type { MultipartPart, StepBody } from '../../model/scenario.ts';
import { literal, withoutReferences } from './literal.ts';
import { parseMultipart } from './multipart-text.ts';
import { shorten } from './notes.ts';
import type { Recording } from './recording.ts';
import { redactedText } from './redact-text.ts';
import { isUnsafeJson, isUnsafeKey } from './untrusted.ts';

/** A longer body belongs into a file of its own. */
const LONGEST_BODY = 256 * 1024;

/** The body of a recorded request. */
export interface RecordedBody {
  readonly contentType: string | null;
  /** Null: only `parts` are known. */
  readonly text: string | null;
  /** Base64, when it is no text. */
  readonly base64?: string;
  readonly parts?: readonly RecordedPart[];
}

export interface RecordedPart {
  readonly name: string;
  /** Null: content that was not recorded. */
  readonly value: string | null;
  readonly fileName: string | null;
  readonly contentType: string | null;
}

/** What a recorded body becomes. `contentType` is set where the step has to say it in a header. */
export interface CarriedBody {
  readonly body: StepBody | null;
  readonly contentType: string | null;
  /** A body there was cannot be sent again: the request makes no sense without it. */
  readonly missing?: string;
}

/** Takes a body apart by its content type. */
export function recordedBody(recorded: RecordedBody, recording: Recording): CarriedBody {
  const { parts } = recorded;
  const contentType = sendable(recorded.contentType);
  const type = (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase();
  if ((recorded.text?.length ?? 0) > LONGEST_BODY || (recorded.base64?.length ?? 0) > LONGEST_BODY * 1.4) {
    return missing('its body is larger than 256 KiB');
  }
  if (type === 'multipart/form-data') return multipartBody(recorded, recording);
  const text = recorded.base64 === undefined ? recorded.text : textOfBase64(recorded.base64);
  if (text === null && parts !== undefined) {
    const pairs = parts.map(({ name, value }) => [name, value ?? ''] as const);
    const body =
      formBody(pairs, recording) ?? formText(new URLSearchParams(pairs.map(([a, b]) => [a, b])).toString(), recording);
    return { body, contentType: null };
  }
  if (text === null) return missing('its body was not recorded, or is binary');
  if (/[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text)) return missing('its body is binary');
  if (/^application\/(?:[\w.+-]{1,60}\+)?json$/.test(type)) {
    const body = jsonBody(text, recording);
    if (body) return { body, contentType: type === 'application/json' ? null : contentType };
  }
  if (type === 'application/x-www-form-urlencoded') {
    return {
      body: formBody([...new URLSearchParams(text)], recording) ?? formText(text, recording),
      contentType: null,
    };
  }
  if (text !== '') {
    recording.notes.remark('Bodies that are neither JSON nor forms are copied as text: look for secrets in them.');
  }
  return { body: { kind: 'text', text: textTemplate(text, recording), contentType }, contentType: null };
}

function missing(reason: string): CarriedBody {
  return { body: null, contentType: null, missing: reason };
}

function textOfBase64(base64: string): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(base64, 'base64'));
  } catch {
    return null;
  }
}

/** What the rule says of the whole text, or the text with what looks like a secret taken out. */
function textTemplate(text: string, recording: Recording): string {
  const use = recording.rule(text, '', 'json');
  return use?.as === 'reference' ? use.text : redactedText(text, recording);
}

/** A content type that a header can have, and null for any other. */
function sendable(contentType: string | null): string | null {
  return contentType !== null && /^[\t\u0020-\u007e]{1,500}$/.test(contentType) ? contentType : null;
}

function jsonBody(text: string, recording: Recording): StepBody | null {
  let value: unknown;
  try {
    value = JSON.parse(text, exactNumbers);
  } catch {
    return null;
  }
  if (isUnsafeJson(value)) return null;
  return { kind: 'json', value: jsonTemplate(value, '', recording) };
}

/** A number that JavaScript would round: how it was written. */
class ExactNumber {
  readonly digits: string;
  constructor(digits: string) {
    this.digits = digits;
  }
}

function exactNumbers(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source ?? '';
  return typeof value === 'number' && source.length > 15 && String(value) !== source ? new ExactNumber(source) : value;
}

/** The same data with every text as a template; `name` is the key that it stands under. */
function jsonTemplate(value: unknown, name: string, recording: Recording): unknown {
  if (typeof value === 'string') return recording.text(value, name, 'json');
  if (value instanceof ExactNumber) return `{{${numberVariable(value.digits, name, recording)}|number}}`;
  if (typeof value === 'number') {
    const use = recording.use(String(value), name, 'json');
    if (use.as === 'variable') return `{{${use.name}|number}}`;
    return use.as === 'reference' ? `{{${recording.secretVariable(use.text, name)}|number}}` : value;
  }
  if (Array.isArray(value)) return value.map((item) => jsonTemplate(item, name, recording));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonTemplate(item, key, recording)]));
}

/** YAML and JSON readers round long numbers; a variable keeps them as they were written. */
function numberVariable(digits: string, name: string, recording: Recording): string {
  const use = recording.use(digits, name, 'json');
  if (use.as === 'variable') return use.name;
  return recording.secretVariable(use.as === 'reference' ? use.text : digits, name || 'number');
}

/** Null when a field is there twice, or has a name that a map cannot have. */
function formBody(fields: readonly (readonly [name: string, value: string])[], recording: Recording): StepBody | null {
  const names = fields.map(([name]) => name);
  if (fields.length === 0 || new Set(names).size < names.length || names.some(isUnsafeKey)) return null;
  return {
    kind: 'form',
    fields: Object.fromEntries(fields.map(([name, value]) => [name, recording.text(value, name, 'form')])),
  };
}

/** A form that a map cannot hold, because a field is in it twice: as text, each value by itself. */
function formText(text: string, recording: Recording): StepBody {
  const pairs = text.split('&').map((pair) => {
    const [name, value] = [...new URLSearchParams(pair)][0] ?? ['', ''];
    const use = recording.use(value, name, 'form');
    if (use.as === 'literal') return literal(pair);
    return `${literal(pair.slice(0, pair.indexOf('=') + 1))}${use.as === 'variable' ? `{{${use.name}}}` : use.text}`;
  });
  return { kind: 'text', text: pairs.join('&'), contentType: 'application/x-www-form-urlencoded' };
}

function multipartBody({ contentType, text, parts }: RecordedBody, recording: Recording): CarriedBody {
  const known = parts && parts.length > 0 ? parts : text === null ? null : parseMultipart(text, contentType ?? '');
  if (known === null || known.length === 0) {
    return { body: null, contentType: null, missing: 'the parts of its form were not recorded' };
  }
  if (known.some(({ name }) => name.length > 200)) {
    return { body: null, contentType: null, missing: 'a part of its form has a name of more than 200 characters' };
  }
  const written = known.map((part): MultipartPart => {
    const isFile = part.fileName !== null;
    if (part.value === null || (isFile && part.value === '')) {
      recording.notes.leaveOut(
        'content of an uploaded file',
        'recordings do not have it: a line of text is sent instead; put a file there',
        part.fileName ?? part.name,
      );
    }
    const value =
      part.value === null || (isFile && part.value === '') ? 'placeholder for the content of a file\n' : part.value;
    return {
      name: withoutReferences(part.name),
      value: isFile ? literal(value) : recording.text(value, part.name, 'part'),
      base64: false,
      fileName: part.fileName === null ? null : withoutReferences(shorten(part.fileName, 100) || 'file'),
      contentType: sendable(part.contentType),
    };
  });
  return { body: { kind: 'multipart', parts: written }, contentType: null };
}
