import type { StepBody } from '../../model/scenario.ts';
import { isBareJson } from '../../model/template.ts';
import { encodeForm } from './encode.ts';
import { compileMultipart } from './multipart.ts';
import type { Scope } from './scope.ts';
import { compilePieces, compileTemplate, type Names, type Piece, type Template, templateOf } from './template.ts';

/** A body ready for use. */
export interface CompiledBody {
  /** What it is, unless the step's own headers say otherwise; null: nothing is said. */
  readonly contentType: string | null;
  /** Whether headers of the step cannot say otherwise: they do not know the boundary. */
  readonly ownsType: boolean;
  readonly isConstant: boolean;
  render(scope: Scope): Uint8Array;
}

/** Compiles a body. `seed` makes the boundary of multipart. Throws ScenarioMistake. */
export function compileBody(body: StepBody, names: Names, seed: number): CompiledBody {
  switch (body.kind) {
    case 'text':
      return ofTemplate(compileTemplate(body.text, 'text', names), body.contentType);
    case 'bytes': {
      const bytes = Buffer.from(body.base64, 'base64');
      return { contentType: body.contentType, ownsType: false, isConstant: true, render: () => bytes };
    }
    case 'json':
      return ofTemplate(templateOf(jsonPieces(body.value, names)), 'application/json');
    case 'form': {
      const pieces = Object.entries(body.fields).flatMap(([name, value], index): readonly Piece[] => [
        `${index === 0 ? '' : '&'}${encodeForm(name)}=`,
        ...compilePieces(value, 'form', names),
      ]);
      return ofTemplate(templateOf(pieces), 'application/x-www-form-urlencoded');
    }
    case 'multipart': {
      const { boundary, isConstant, render } = compileMultipart(body.parts, names, seed);
      return { contentType: `multipart/form-data; boundary=${boundary}`, ownsType: true, isConstant, render };
    }
  }
}

function ofTemplate(template: Template, contentType: string | null): CompiledBody {
  const { isConstant } = template;
  return { contentType, ownsType: false, isConstant, render: (scope) => Buffer.from(template.render(scope), 'utf8') };
}

/** JSON text with templates in its strings. What is a number or JSON, alone in a string, loses its quotes: see `isBareJson`. */
function jsonPieces(value: unknown, names: Names): readonly Piece[] {
  if (typeof value === 'string') {
    const pieces = compilePieces(value, 'json', names);
    return isBareJson(value) ? pieces : ['"', ...pieces, '"'];
  }
  if (Array.isArray(value))
    return between(
      '[',
      value.map((each) => jsonPieces(each, names)),
      ']',
    );
  if (typeof value !== 'object' || value === null) return [JSON.stringify(value) ?? 'null'];
  const members = Object.entries(value).map(([key, each]) => [`${JSON.stringify(key)}:`, ...jsonPieces(each, names)]);
  return between('{', members, '}');
}

function between(open: string, items: readonly (readonly Piece[])[], close: string): readonly Piece[] {
  return [open, ...items.flatMap((item, index) => (index === 0 ? item : [',', ...item])), close];
}
