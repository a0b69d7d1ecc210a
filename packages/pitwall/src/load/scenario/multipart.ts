import type { MultipartPart } from '../../model/scenario.ts';
import { seededRandom } from '../../stats/random.ts';
import type { Scope } from './scope.ts';
import { compileTemplate, type Names, ScenarioMistake, type Template, TemplateProblem } from './template.ts';

/** A multipart/form-data body: bytes, and templates between them. */
export interface Multipart {
  readonly boundary: string;
  readonly isConstant: boolean;
  render(scope: Scope): Uint8Array;
}

/**
 * Compiles multipart/form-data, RFC 7578. Names and file names are escaped as browsers do it
 * (https://html.spec.whatwg.org/#multipart-form-data): a quote or a line break in them ends nothing. Values are sent as they
 * are. The boundary comes from the seed and is in no value: a value that has it is a TemplateProblem.
 */
export function compileMultipart(parts: readonly MultipartPart[], names: Names, seed: number): Multipart {
  const values = parts.map(({ name, value, base64 }): Buffer | Template => {
    if (base64) return Buffer.from(value, 'base64');
    try {
      return compileTemplate(value, 'text', names);
    } catch (error) {
      throw error instanceof ScenarioMistake ? new ScenarioMistake(`part ${name}: ${error.message}`) : error;
    }
  });
  const boundary = boundaryFor(values, seed);
  const pieces: (Buffer | Template)[] = [];
  for (const [index, part] of parts.entries()) {
    pieces.push(Buffer.from(`${index === 0 ? '' : '\r\n'}--${boundary}\r\n${headOf(part)}\r\n\r\n`, 'utf8'));
    pieces.push(values[index]!);
  }
  pieces.push(Buffer.from(`${parts.length === 0 ? '' : '\r\n'}--${boundary}--\r\n`, 'utf8'));
  return {
    boundary,
    isConstant: pieces.every((piece) => Buffer.isBuffer(piece) || piece.isConstant),
    render: (scope) =>
      Buffer.concat(pieces.map((piece) => (Buffer.isBuffer(piece) ? piece : render(piece, scope, boundary)))),
  };
}

function render(template: Template, scope: Scope, boundary: string): Buffer {
  const text = template.render(scope);
  if (text.includes(boundary)) throw new TemplateProblem('a value has the boundary of the multipart body in it');
  return Buffer.from(text, 'utf8');
}

function headOf({ name, fileName, contentType }: MultipartPart): string {
  const disposition = `Content-Disposition: form-data; name="${escapeName(name)}"`;
  const file = fileName === null ? '' : `; filename="${escapeName(fileName)}"`;
  if (contentType !== null && !/^[\t\x20-\x7e]+$/.test(contentType)) {
    throw new ScenarioMistake(`part ${name}: the content type has characters that a header cannot have`);
  }
  return `${disposition}${file}${contentType === null ? '' : `\r\nContent-Type: ${contentType}`}`;
}

function escapeName(name: string): string {
  return name.toWellFormed().replace(/[\r\n"]/g, (found) => ({ '\r': '%0D', '\n': '%0A', '"': '%22' })[found]!);
}

/** The same for the same seed, and not inside what never changes. RFC 2046 §5.1.1: at most 70 characters. */
function boundaryFor(values: readonly (Buffer | Template)[], seed: number): string {
  const random = seededRandom(seed);
  for (;;) {
    const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
    const boundary = `----pitwall-${hex}`;
    if (values.every((value) => !Buffer.isBuffer(value) || !value.includes(boundary))) return boundary;
  }
}
