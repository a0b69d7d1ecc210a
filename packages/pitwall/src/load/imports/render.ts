import { Document, isMap, isSeq, type Node, type Pair, type ToStringOptions, YAMLMap, YAMLSeq } from 'yaml';
import { PitwallError, printable } from '../../errors.ts';
import type { Check, Extraction, StepBody, ThinkTime } from '../../model/scenario.ts';
import type { DraftFeeder, DraftFlow, DraftStep, ScenarioDraft } from './draft.ts';
import { withoutReferences } from './literal.ts';
import { durationText } from './words.ts';

/** A little less than what the reader of scenario files takes (config/scenario/load.ts): a person will add something. */
const MOST_VALUES = 350_000;
const MOST_BYTES = 15 * 1024 ** 2;
const MOST_FLOWS = 200;
const MOST_STEPS = 1000;

/**
 * Texts stay on their line, and those that need quotes get double ones: in the other styles the library (2.9.1) writes some texts
 * with `---` or a line break in them so that nobody can read them again.
 */
const STYLE: ToStringOptions = {
  lineWidth: 0,
  singleQuote: false,
  blockQuote: false,
  doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
  commentString: commentLines,
};

/** Comments may not be turned into something else by what is in them. */
const WRAP = 110;

/**
 * The draft as the YAML of a scenario file, with `head` as the comment above it. Everything goes through the YAML library, also
 * what is only a comment: no text of a file is ever pasted into another.
 * @throws PitwallError IMPORT_TOO_LARGE
 */
export function renderScenario(draft: ScenarioDraft, head: readonly string[], file: string): string {
  const document = new Document();
  const enabled = draft.flows.filter(({ disabled }) => disabled !== true);
  const disabled = draft.flows.filter((flow) => flow.disabled === true);
  const top: (readonly [key: string, value: Node])[] = [['name', node(document, withoutReferences(draft.name))]];
  if (draft.variables.size > 0) top.push(['variables', variables(document, draft)]);
  if (draft.cookies) top.push(['cookies', node(document, true)]);
  if (draft.headers.size > 0) top.push(['headers', node(document, draft.headers)]);
  if (draft.feeders.length > 0) top.push(['feeders', map(draft.feeders.map((each) => feeder(document, each)))]);
  const flows = new YAMLSeq();
  flows.items = enabled.map((each) => flow(document, each));
  if (disabled.length > 0) flows.comment = commentedOut(disabled);
  top.push(['flows', flows]);
  const root = map(top.map(([key, value]) => pair(document, key, value)));
  document.contents = root as unknown as typeof document.contents;
  document.commentBefore = comment(head);
  refuseTooLarge(root, enabled, file);
  const text = `${document.toString(STYLE).trimEnd()}\n`;
  if (Buffer.byteLength(text) > MOST_BYTES)
    throw new PitwallError('IMPORT_TOO_LARGE', { file, reason: 'more than 15 MiB' });
  return text;
}

function refuseTooLarge(root: YAMLMap, flows: readonly DraftFlow[], file: string): void {
  const refuse = (reason: string) => new PitwallError('IMPORT_TOO_LARGE', { file, reason });
  if (flows.length > MOST_FLOWS) throw refuse(`${flows.length} flows, where a scenario has at most ${MOST_FLOWS}`);
  const steps = Math.max(...flows.map((each) => each.steps.length));
  if (steps > MOST_STEPS) throw refuse(`${steps} steps in a flow, where there may be ${MOST_STEPS}`);
  const values = countValues(root);
  if (values > MOST_VALUES) throw refuse(`${values} values, where a file may have ${MOST_VALUES}`);
}

function countValues(value: unknown): number {
  if (isMap(value)) return value.items.reduce((sum, item) => sum + countValues(item.value), 1);
  if (isSeq(value)) return value.items.reduce((sum: number, item) => sum + countValues(item), 1);
  return 1;
}

function node(document: Document, value: unknown, flow = false): Node {
  return document.createNode(value, { flow, aliasDuplicateObjects: false }) as Node;
}

function map(pairs: readonly Pair[]): YAMLMap {
  const result = new YAMLMap();
  result.items = [...pairs];
  return result;
}

function pair(document: Document, key: string, value: Node): Pair {
  return document.createPair(key, value) as Pair;
}

function variables(document: Document, draft: ScenarioDraft): YAMLMap {
  return map(
    [...draft.variables].map(([name, { value, comment: why }]) => {
      const scalar = node(document, value);
      if (why !== undefined) scalar.comment = comment([why]);
      return pair(document, name, scalar);
    }),
  );
}

function feeder(document: Document, { name, order, rows, comment: why }: DraftFeeder): Pair {
  const list = new YAMLSeq();
  // Rows are data: only what would be read as the reference to a secret is escaped.
  list.items = rows.map((row) =>
    node(document, new Map([...row].map(([key, value]) => [key, withoutReferences(value)])), true),
  );
  const body = map([pair(document, 'order', node(document, order)), pair(document, 'rows', list)]);
  if (why !== undefined) body.commentBefore = comment([why]);
  return pair(document, withoutReferences(name), body);
}

function flow(document: Document, draft: DraftFlow): YAMLMap {
  const steps = new YAMLSeq();
  steps.items = draft.steps.map((each) => step(document, each));
  const result = map([
    pair(document, 'name', node(document, withoutReferences(draft.name))),
    pair(document, 'weight', node(document, draft.weight)),
    pair(document, 'steps', steps),
  ]);
  if (draft.comment !== undefined) result.commentBefore = comment([draft.comment]);
  return result;
}

/** Flows that a person has to decide about: the YAML of them, as a comment. */
function commentedOut(flows: readonly DraftFlow[]): string {
  const document = new Document();
  const list = new YAMLSeq();
  list.items = flows.map((each) => flow(document, each));
  document.contents = list as unknown as typeof document.contents;
  return document.toString(STYLE).trimEnd();
}

function step(document: Document, draft: DraftStep): YAMLMap {
  const { method, path, name } = draft;
  const parts: (readonly [key: string, value: unknown])[] = [[method.toLowerCase(), path]];
  if (name !== `${method} ${path}`) parts.push(['name', withoutReferences(name)]);
  if (draft.headers.size > 0) parts.push(['headers', draft.headers]);
  if (draft.body !== null) parts.push(bodyOf(draft.body));
  if (draft.checks.length > 0) parts.push(['check', checksOf(draft.checks)]);
  if (draft.extract.length > 0) {
    parts.push(['extract', new Map(draft.extract.map((each) => [each.as, extractionOf(each)]))]);
  }
  if (draft.think !== null) parts.push(['think', thinkOf(draft.think)]);
  const inline = new Set(['check', 'think']);
  const result = map(parts.map(([key, value]) => pair(document, key, node(document, value, inline.has(key)))));
  if (draft.comment !== undefined) result.commentBefore = comment(draft.comment.split('\n'));
  return result;
}

function bodyOf(body: StepBody): readonly [key: string, value: unknown] {
  switch (body.kind) {
    case 'json':
      return ['json', body.value];
    case 'form':
      return ['form', body.fields];
    case 'text':
      return ['body', body.contentType === null ? body.text : { text: body.text, contentType: body.contentType }];
    case 'multipart':
      return [
        'multipart',
        body.parts.map(({ name, value, fileName, contentType }) => ({
          name,
          value,
          ...(fileName === null ? {} : { fileName }),
          ...(contentType === null ? {} : { contentType }),
        })),
      ];
    case 'bytes':
      throw new TypeError('imports carry no bytes over: a scenario file has no place for them');
  }
}

/** Imports only ever check the status. */
function checksOf(checks: readonly Check[]): unknown {
  const statuses = checks.flatMap((check) => (check.kind === 'status' ? check.in : []));
  return { status: statuses.length === 1 ? statuses[0] : statusList(statuses) };
}

/** All of a class are written as `2xx`. */
function statusList(statuses: readonly number[]): unknown {
  const whole = [1, 2, 3, 4, 5].filter(
    (digit) => statuses.filter((status) => Math.floor(status / 100) === digit).length === 100,
  );
  const others = statuses.filter((status) => !whole.includes(Math.floor(status / 100)));
  const list = [...whole.map((digit) => `${digit}xx`), ...others];
  return list.length === 1 ? list[0] : list;
}

function extractionOf(extraction: Extraction): unknown {
  switch (extraction.from) {
    case 'jsonpath':
      return extraction.path;
    case 'regex':
      return { regex: extraction.pattern, group: extraction.group };
    case 'header':
      return { header: extraction.name };
    case 'cookie':
      return { cookie: extraction.name };
  }
}

function thinkOf(think: ThinkTime): unknown {
  switch (think.distribution) {
    case 'constant':
      return durationText(think.mean);
    case 'uniform':
      return { uniform: [durationText(think.min), durationText(think.max)] };
    case 'exponential':
      return { exponential: durationText(think.mean) };
    case 'lognormal':
      return { lognormal: { mean: durationText(think.mean), sigma: Math.min(3, think.sigma) } };
  }
}

/** Lines of a comment, made harmless and wrapped; continuation lines of an item that begins with `-` are indented. */
function comment(paragraphs: readonly string[]): string {
  return paragraphs
    .flatMap((paragraph) => {
      const indent = /^\s*(?:- )?/.exec(paragraph)![0];
      const lines = wrapped(printable(paragraph.slice(indent.length)), WRAP - indent.length);
      return lines.map((line, index) => (index === 0 ? indent : ' '.repeat(indent.length)) + line);
    })
    .map((line) => ` ${line}`.trimEnd())
    .join('\n');
}

function wrapped(text: string, width: number): readonly string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!;
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

/** Every line begins with `#`, empty ones too: the library would leave those as they are, which ends a comment. */
function commentLines(text: string): string {
  return text
    .split(/\r\n|[\n\r\u0085\u2028\u2029]/)
    .map((line) => `#${line}`)
    .join('\n');
}
