import { closest } from './closest.ts';

/**
 * The syntax of templates: text with `{{name}}`, `{{name|form}}`, built-in values such as `{{$uuid}}` or
 * `{{$randomInt(1,100)}}`, and `{{'text'}}` for text that would be taken for a template, such as `{{'{{'}}`. What is not
 * between two pairs of braces is text, also a single brace or `}}`.
 */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly name: string; readonly form: TemplateForm | null }
  | {
      readonly kind: 'builtin';
      readonly name: BuiltinName;
      readonly arguments: readonly number[];
      /** Of one that is a number and the whole of a JSON text: to be a string all the same (`{{$user|text}}`). */
      readonly asText?: true;
    };

/**
 * Where a template is used, which decides how values are written into it: `path` percent-encoded, `form` as a form field,
 * `json` inside a JSON string, `header` and `text` as they are.
 */
export type TemplateContext = 'path' | 'header' | 'json' | 'form' | 'text';

/**
 * `number`: must be a JSON number; `json`: must be JSON text: in a JSON body both stand bare, without quotes. `raw`: not
 * percent-encoded, for values that are paths or parts of a query already.
 */
export type TemplateForm = 'number' | 'json' | 'raw';

const FORMS: Readonly<Record<TemplateForm, readonly TemplateContext[]>> = {
  number: ['path', 'header', 'json', 'form', 'text'],
  json: ['json', 'text'],
  raw: ['path', 'form'],
};

/** Built-in values: what they take, in whole numbers from `least` to `most`, and which of them are numbers. */
const BUILTINS = {
  $uuid: { takes: [] },
  $randomInt: {
    takes: ['smallest', 'largest'],
    least: -Number.MAX_SAFE_INTEGER,
    most: Number.MAX_SAFE_INTEGER,
    number: true,
  },
  $randomText: { takes: ['length'], least: 1, most: 100_000 },
  $user: { takes: [], number: true },
  $iteration: { takes: [], number: true },
  $timestamp: { takes: [], number: true },
  $timestampMs: { takes: [], number: true },
  $isoTimestamp: { takes: [] },
} as const satisfies Record<string, { takes: readonly string[]; least?: number; most?: number; number?: true }>;

export type BuiltinName = keyof typeof BUILTINS;

/** A template that cannot be used: the end of a sentence that begins with where it stands. */
export interface TemplateMistake {
  readonly problem: string;
}

/** What a name may be: it is trimmed, has no braces and no bar, and does not begin like a built-in value or a text. */
const NAME = /^[^\s{}|$'][^{}|]*$/;
const LITERAL = /\{\{\s*'([^']*)'\s*\}\}/y;

/** The parts of a template, or what is wrong with its syntax. Adjacent texts are one part; an empty text has none. */
export function parseTemplate(text: string): readonly TemplatePart[] | TemplateMistake {
  const parts: TemplatePart[] = [];
  let literal = '';
  const take = (part: TemplatePart): void => {
    if (literal !== '') parts.push({ kind: 'text', text: literal });
    literal = '';
    parts.push(part);
  };
  for (let at = 0; ; ) {
    const open = text.indexOf('{{', at);
    if (open < 0) {
      literal += text.slice(at);
      break;
    }
    literal += text.slice(at, open);
    LITERAL.lastIndex = open;
    const quoted = LITERAL.exec(text);
    if (quoted) {
      literal += quoted[1]!;
      at = LITERAL.lastIndex;
      continue;
    }
    const close = text.indexOf('}}', open + 2);
    if (close < 0) return { problem: `there is no }} after ${shown(text.slice(open))}` };
    const part = parseInside(text.slice(open + 2, close));
    if ('problem' in part) return part;
    take(part);
    at = close + 2;
  }
  if (literal !== '') parts.push({ kind: 'text', text: literal });
  return parts;
}

function parseInside(inside: string): TemplatePart | TemplateMistake {
  const whole = shown(`{{${inside}}}`);
  const [before, ...after] = inside.split('|').map((piece) => piece.trim());
  const name = before!;
  if (name === '') return { problem: `${whole} names nothing` };
  if (name.startsWith('$')) return parseBuiltin(name, after, whole);
  if (!NAME.test(name)) return { problem: `${whole}: ${shown(name)} cannot be a name` };
  if (after.length === 0) return { kind: 'value', name, form: null };
  const form = after.join('|');
  if (Object.hasOwn(FORMS, form)) return { kind: 'value', name, form: form as TemplateForm };
  return { problem: `${whole}: there is no form ${shown(form)} ${instead(form, Object.keys(FORMS))}` };
}

function parseBuiltin(text: string, after: readonly string[], whole: string): TemplatePart | TemplateMistake {
  const [, name, list] = /^(\$\w*)\s*(?:\(([^()]*)\))?$/.exec(text) ?? [];
  if (name === undefined) return { problem: `${whole}: expected a built-in value such as $uuid or $randomInt(1,100)` };
  if (!Object.hasOwn(BUILTINS, name)) {
    return { problem: `there is no built-in value ${shown(name)} ${instead(name, Object.keys(BUILTINS))}` };
  }
  const isNumber = 'number' in BUILTINS[name as BuiltinName];
  const asText = isNumber && after.join('|') === 'text';
  if (after.length > 0 && !asText) {
    const but = isNumber ? 'no form but "text", which makes a JSON string of it' : 'no form';
    return { problem: `${whole}: this built-in value has ${but}: leave out what follows the bar` };
  }
  const builtin: { takes: readonly string[]; least?: number; most?: number } = BUILTINS[name as BuiltinName];
  const given = list === undefined || list.trim() === '' ? [] : list.split(',').map((each) => each.trim());
  const { takes, least = 0, most = 0 } = builtin;
  if (given.length !== takes.length) {
    return { problem: `${whole}: expected ${takes.length > 0 ? `${name}(${takes.join(', ')})` : `${name} alone`}` };
  }
  const numbers = given.map((each) => (/^-?\d{1,16}$/.test(each) ? Number(each) : Number.NaN));
  if (!numbers.every((number) => number >= least && number <= most)) {
    return { problem: `${whole}: expected whole numbers from ${least} to ${most}` };
  }
  if (numbers.length === 2 && (numbers[0]! > numbers[1]! || !Number.isSafeInteger(numbers[1]! - numbers[0]!))) {
    return { problem: `${whole}: expected the smaller number first, and a range below 2^53` };
  }
  return { kind: 'builtin', name: name as BuiltinName, arguments: numbers, ...(asText ? { asText } : {}) };
}

/** Printable ASCII without space; `#` would begin a fragment, which is never sent. RFC 3986 §3.5, RFC 9112 §3.2. */
const PATH_TEXT = /^[\x21-\x22\x24-\x7e]*$/;
/** RFC 9110 §5.5. */
const FIELD_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * A template parsed for where it is used, or what is wrong with it there: its syntax, a form that has no meaning there, text
 * that cannot stand there, a name that is not in `known` (null: names are not looked at). Texts are not repeated in what is
 * said of a header: they may be secrets.
 */
export function checkTemplate(
  text: string,
  context: TemplateContext,
  known: ReadonlySet<string> | null,
): readonly TemplatePart[] | TemplateMistake {
  const parts = parseTemplate(text);
  if (!isParts(parts)) return parts;
  const problem = problemIn(parts, context, known);
  return problem === null ? parts : { problem };
}

/**
 * Whether the whole text of a JSON body is a value that stands bare in it, without quotes: one with the form `number` or `json`, or a
 * built-in one that is a number (`"{{$randomInt(1,9)}}"` gives 7 and not "7"). That is what who comes from k6 (a number of JavaScript) or
 * Postman (`{"n": {{$randomInt}}}`) expects, and YAML cannot be written without the quotes. A value of a variable, a feeder or an answer
 * has no type of its own, and "007" may be meant: it stays a string unless a form says otherwise.
 */
export function isBareJson(text: string): boolean {
  const parts = parseTemplate(text);
  const only = isParts(parts) && parts.length === 1 ? parts[0]! : null;
  if (only?.kind === 'value') return only.form !== null;
  return only?.kind === 'builtin' && 'number' in BUILTINS[only.name] && only.asText === undefined;
}

/** A template that gives this text as it is. */
export function literalTemplate(text: string): string {
  return text.replaceAll('{{', "{{'{{'}}");
}

/** Tells parts from a mistake. */
export function isParts(parsed: readonly TemplatePart[] | TemplateMistake): parsed is readonly TemplatePart[] {
  return Array.isArray(parsed);
}

function problemIn(
  parts: readonly TemplatePart[],
  context: TemplateContext,
  known: ReadonlySet<string> | null,
): string | null {
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'text') {
      if (context === 'path' && !PATH_TEXT.test(part.text)) return PATH_PROBLEM;
      if (context === 'header' && !FIELD_TEXT.test(part.text))
        return 'it contains characters that a header cannot have';
    } else if (part.kind === 'value') {
      if (known !== null && !known.has(part.name)) return unknownValue(part.name, known);
      if (part.form !== null && !FORMS[part.form].includes(context)) return misplaced(part.name, part.form);
      if (part.form !== null && context === 'json' && parts.length > 1) {
        return `{{${part.name}|${part.form}}} has to be the whole text: it is written without quotes`;
      }
    }
    const rooted = part.kind === 'text' ? part.text.startsWith('/') : part.kind === 'value' && part.form === 'raw';
    if (context === 'path' && index === 0 && !rooted) return PATH_PROBLEM;
  }
  return context === 'path' && parts.length === 0 ? PATH_PROBLEM : null;
}

const PATH_PROBLEM =
  'expected a path that begins with / (the target has host and port), in percent-encoded ASCII without spaces and "#"';

function misplaced(name: string, form: TemplateForm): string {
  const places: Readonly<Record<TemplateForm, string>> = {
    number: 'anywhere',
    json: 'in a JSON body and in text',
    raw: 'in a path and in form fields',
  };
  return `{{${name}|${form}}}: the form "${form}" can only be used ${places[form]}`;
}

function unknownValue(name: string, known: ReadonlySet<string>): string {
  return `{{${short(name)}}} has no value here ${instead(name, [...known])}`;
}

function instead(name: string, known: readonly string[]): string {
  const near = closest(name, known);
  if (near !== null) return `(did you mean "${short(near)}"?)`;
  const names = known.slice(0, 20).map(short).join(', ');
  return known.length > 0 ? `(known: ${names}${known.length > 20 ? ' …' : ''})` : '(none is known)';
}

function shown(text: string): string {
  return `"${short(text)}"`;
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
