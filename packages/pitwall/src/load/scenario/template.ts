import {
  checkTemplate,
  isParts,
  type TemplateContext,
  type TemplateForm,
  type TemplatePart,
} from '../../model/template.ts';
import { builtin } from './builtins.ts';
import { encodeForm, encodePath } from './encode.ts';
import type { Scope } from './scope.ts';

/** A template ready for use. */
export interface Template {
  /** True when nothing in it varies: `render` gives the same text every time. */
  readonly isConstant: boolean;
  /** Throws TemplateProblem. */
  render(scope: Scope): string;
}

/** A value could not be written where it was wanted; becomes an error of kind `template` of the step. */
export class TemplateProblem extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TemplateProblem';
  }
}

/** A value that a step should have extracted, or a feeder dealt, and that this user never got. */
export class MissingValue extends TemplateProblem {
  constructor(name: string) {
    super(`{{${name}}} has no value yet`);
    this.name = 'MissingValue';
  }
}

/** Something in a scenario that cannot be compiled; `message` is the end of a sentence that begins with where it is. */
export class ScenarioMistake extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ScenarioMistake';
  }
}

/** What templates of a step may name. */
export interface Names {
  /** Everything that has a value here. */
  readonly known: ReadonlySet<string>;
  /** Variables of the scenario. */
  readonly variables: Readonly<Record<string, string>>;
  /** Variables that a step may set anew: all others are filled in when compiling. */
  readonly extracted: ReadonlySet<string>;
}

/** A text, or what gives one. */
export type Piece = string | ((scope: Scope) => string);

/**
 * Compiles a template for where it is used: `path` percent-encodes values, `form` writes them as a form field, `json` as part
 * of a JSON string (the quotes are the caller's), `header` refuses what a header cannot have, `text` takes them as they are.
 * Throws ScenarioMistake: syntax, unknown names, texts that cannot stand there.
 */
export function compileTemplate(text: string, context: TemplateContext, names: Names): Template {
  return templateOf(compilePieces(text, context, names));
}

/** The same as pieces, to be joined with others. */
export function compilePieces(text: string, context: TemplateContext, names: Names): readonly Piece[] {
  const parts = checkTemplate(text, context, names.known);
  if (!isParts(parts)) throw new ScenarioMistake(parts.problem);
  return parts.map((part) => pieceOf(part, context, names));
}

/** Joins pieces: neighbouring texts become one. */
export function templateOf(pieces: readonly Piece[]): Template {
  const merged: Piece[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1);
    if (typeof piece === 'string' && typeof last === 'string') merged[merged.length - 1] = last + piece;
    else merged.push(piece);
  }
  const [first, ...rest] = merged;
  if (rest.length === 0 && typeof first !== 'function') {
    const text = first ?? '';
    return { isConstant: true, render: () => text };
  }
  return {
    isConstant: false,
    render(scope) {
      let text = '';
      for (const piece of merged) text += typeof piece === 'string' ? piece : piece(scope);
      return text;
    },
  };
}

function pieceOf(part: TemplatePart, context: TemplateContext, names: Names): Piece {
  if (part.kind === 'text') return LITERALS[context](part.text);
  if (part.kind === 'builtin') {
    const value = builtin(part.name, part.arguments);
    const write = WRITERS[context];
    return (scope) => write(value(scope), part.name);
  }
  const { name, form } = part;
  const write = form === null ? WRITERS[context] : FORM_WRITERS[form](context);
  const variable = Object.hasOwn(names.variables, name) ? names.variables[name] : undefined;
  if (variable !== undefined && !names.extracted.has(name)) {
    try {
      return write(variable, name);
    } catch (error) {
      throw error instanceof TemplateProblem ? new ScenarioMistake(error.message) : error;
    }
  }
  return (scope) => {
    const value = scope.values[name] ?? variable;
    if (typeof value !== 'string') throw new MissingValue(name);
    return write(value, name);
  };
}

type Writer = (value: string, name: string) => string;

const asIs = (value: string): string => value;
const inJson = (value: string): string => JSON.stringify(value).slice(1, -1);

/** Text of the template itself: paths are written as they should be sent, form fields as they should arrive. */
const LITERALS: Readonly<Record<TemplateContext, (text: string) => string>> = {
  path: asIs,
  header: asIs,
  json: inJson,
  form: encodeForm,
  text: asIs,
};

const WRITERS: Readonly<Record<TemplateContext, Writer>> = {
  path: encodePath,
  header: inHeader,
  json: inJson,
  form: encodeForm,
  text: asIs,
};

/** What a value is checked for before it is written without quotes or encoding. */
const FORM_WRITERS: Readonly<Record<TemplateForm, (context: TemplateContext) => Writer>> = {
  number: () => (value, name) => {
    // RFC 8259 §6.
    if (/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value)) return value;
    throw new TemplateProblem(`the value of {{${name}|number}} is not a number`);
  },
  json: () => (value, name) => {
    try {
      JSON.parse(value);
      return value;
    } catch {
      throw new TemplateProblem(`the value of {{${name}|json}} is not JSON`);
    }
  },
  raw: (context) => (value, name) => {
    if (context !== 'path' || /^[\x21-\x22\x24-\x7e]*$/.test(value)) return value;
    throw new TemplateProblem(`the value of {{${name}|raw}} has characters that a path cannot have`);
  },
};

/** RFC 9110 §5.5: a line break would begin another header, or the body. */
function inHeader(value: string, name: string): string {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value;
  throw new TemplateProblem(`the value of {{${name}}} has characters that a header cannot have`);
}
