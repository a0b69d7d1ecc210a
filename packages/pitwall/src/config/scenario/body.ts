import { basename, resolve } from 'node:path';
import type { MultipartPart, StepBody } from '../../model/scenario.ts';
import { describeFound, type KeyPath, type Problem } from '../problem.ts';
import { readBytes, UnreadableFile } from '../read-text.ts';
import { add, type StepContext } from './context.ts';
import type { StepInput } from './step-schema.ts';

/** A file that is sent again and again is in memory. */
const MOST_FILE_BYTES = 16 * 1024 ** 2;

/** The body of a step, or null: there is none, or something is wrong with it. */
export function bodyOf(written: StepInput, context: StepContext): StepBody | null {
  const given = (['json', 'form', 'multipart', 'body'] as const).filter((key) => Object.hasOwn(written, key));
  const [kind, second] = given;
  if (second !== undefined)
    return add(context, [second], `a request has one body, and this one has ${kind} already`, 'key');
  switch (kind) {
    case 'json': {
      const problem = jsonProblem(written.json, ['json']);
      return problem ? add(context, problem.path, problem.problem, problem.at) : { kind: 'json', value: written.json };
    }
    case 'form':
      return { kind: 'form', fields: written.form! };
    case 'multipart':
      return multipartOf(written, context);
    case 'body':
      return textOrFile(written.body!, context);
    default:
      return null;
  }
}

/** YAML has numbers that JSON has not, and keys are no templates. */
function jsonProblem(value: unknown, path: KeyPath): Problem | null {
  if (typeof value === 'number' && !Number.isFinite(value))
    return { path, at: 'value', problem: 'JSON has no such number' };
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, each] of Object.entries(value)) {
    const inside = [...path, Array.isArray(value) ? Number(key) : key];
    if (!Array.isArray(value) && key.includes('{{')) {
      return { path: inside, at: 'key', problem: 'values are filled in in texts, not in keys' };
    }
    const problem = jsonProblem(each, inside);
    if (problem) return problem;
  }
  return null;
}

function textOrFile(body: NonNullable<StepInput['body']>, context: StepContext): StepBody | null {
  if (typeof body === 'string') return { kind: 'text', text: body, contentType: null };
  const { text, file, contentType = null } = body;
  if ((text === undefined) === (file === undefined)) return add(context, ['body'], 'expected either text or file');
  if (file === undefined) return { kind: 'text', text: text!, contentType };
  const base64 = base64Of(file, ['body', 'file'], context);
  return base64 === null ? null : { kind: 'bytes', base64, contentType };
}

function multipartOf({ multipart, headers = {} }: StepInput, context: StepContext): StepBody | null {
  const type = Object.keys(headers).find((name) => name.toLowerCase() === 'content-type');
  if (type !== undefined) add(context, ['headers', type], 'a multipart body brings its own, with the boundary', 'key');
  const parts: MultipartPart[] = [];
  for (const [key, written] of Object.entries(multipart!)) {
    const at = ['multipart', Array.isArray(multipart) ? Number(key) : key];
    const {
      name = key,
      value,
      file,
      fileName,
      contentType,
    } = (typeof written === 'string' ? { value: written } : written) as Partial<
      Record<'name' | 'value' | 'file' | 'fileName' | 'contentType', string>
    >;
    if ((value === undefined) === (file === undefined)) {
      add(context, at, 'expected either value or file');
    } else if (file === undefined) {
      parts.push({ name, value: value!, base64: false, fileName: fileName ?? null, contentType: contentType ?? null });
    } else {
      const base64 = base64Of(file, [...at, 'file'], context);
      const type = contentType ?? 'application/octet-stream';
      if (base64 !== null) {
        parts.push({ name, value: base64, base64: true, fileName: fileName ?? basename(file), contentType: type });
      }
    }
  }
  return { kind: 'multipart', parts };
}

function base64Of(file: string, path: KeyPath, context: StepContext): string | null {
  try {
    return readBytes(resolve(context.directory, file), MOST_FILE_BYTES).toString('base64');
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return add(context, path, `${describeFound(file)} cannot be read: ${error.message}`);
  }
}
