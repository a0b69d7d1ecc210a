import type { Scenario } from '../../model/scenario.ts';
import { columnsOf, type PlacedStep, placedSteps } from '../../model/scenario-steps.ts';
import { headerTemplates, type PlacedTemplate, stepTemplates } from '../../model/step-templates.ts';
import { checkTemplate, isParts, type TemplatePart } from '../../model/template.ts';
import type { KeyPath, Problem } from '../problem.ts';
import { METHOD_KEYS } from './step-schema.ts';

/** Where the steps of a scenario are written, in the order of `placedSteps`; and the scenario as it is written. */
export interface Written {
  /** Of the scenario, from the top of the document. */
  readonly path: KeyPath;
  /** Of the steps, from the scenario. */
  readonly steps: readonly KeyPath[];
  /** With secrets still as references. */
  readonly raw: unknown;
  /** Why a name that some rows of a feeder have is none that a template can use. */
  readonly missing: ReadonlyMap<string, string>;
  /** False when a step or a feeder is left out because of what is wrong with it: it may have brought a name. */
  readonly complete: boolean;
}

/** Looks at all templates: their syntax, and whether what they name has a value where they stand. */
export function checkTemplates(scenario: Scenario, written: Written, problems: Problem[]): void {
  const placed = placedSteps(scenario);
  const extracted = new Set(placed.flatMap(({ step }) => step.extract.map(({ as }) => as)));
  const known = new Set([...extracted, ...Object.keys(scenario.variables), ...scenario.feeders.flatMap(columnsOf)]);
  const look = (template: PlacedTemplate, path: KeyPath, step: PlacedStep | null): void => {
    const problem = problemOf(template, step?.known ?? known, { scenario, placed, written, path });
    const there = problems.some(
      (each) => each.problem === problem && String(each.path) === String([...written.path, ...path]),
    );
    if (problem !== null && !there) problems.push({ path: [...written.path, ...path], at: 'value', problem });
  };
  for (const [index, each] of placed.entries()) {
    const at = written.steps[index]!;
    const step = valueAt(written.raw, at);
    for (const template of stepTemplates(each.step)) look(template, [...at, ...keysOf(template.at, step)], each);
  }
  for (const template of headerTemplates(scenario.headers)) {
    // Before a user has logged in, headers that name what the log-in extracts are left out.
    for (const each of placed) if (each.part !== 'oncePerUser') look(template, template.at, each);
    look(template, template.at, null);
  }
}

interface Surroundings {
  readonly scenario: Scenario;
  readonly placed: readonly PlacedStep[];
  readonly written: Written;
  readonly path: KeyPath;
}

function problemOf(template: PlacedTemplate, known: ReadonlySet<string>, around: Surroundings): string | null {
  const parts = checkTemplate(template.text, template.context, null);
  if (!isParts(parts)) {
    const raw = valueAt(around.written.raw, around.path);
    // The text has a secret in it, which must not be shown; without that, it would be a template.
    if (raw === template.text) return parts.problem;
    return 'with the secret in it, it is no template any more: put the secret under variables: and name it here as {{name}}';
  }
  if (!around.written.complete) return null;
  for (const part of parts)
    if (part.kind === 'value' && !known.has(part.name)) return unknownValue(part, known, around);
  return null;
}

function unknownValue(
  part: TemplatePart & { readonly kind: 'value' },
  known: ReadonlySet<string>,
  { placed, written }: Surroundings,
): string {
  const missing = written.missing.get(part.name);
  if (missing !== undefined) return `{{${part.name}}} ${missing}`;
  const source = placed.find(({ step }) => step.extract.some(({ as }) => as === part.name));
  if (source) {
    const where = source.flow === null ? source.part : `the flow ${source.flow.name}`;
    return `{{${part.name}}} has no value here: it is extracted by the step ${source.step.name} of ${where}, which does not come before`;
  }
  const checked = checkTemplate(`{{${part.name}}}`, 'text', known);
  return isParts(checked) ? '' : checked.problem;
}

/** Keys of a Step as keys of what is written for it. */
function keysOf(at: PlacedTemplate['at'], step: unknown): KeyPath {
  const [first, second, ...rest] = at;
  if (first === 'path') return [METHOD_KEYS.find((key) => valueAt(step, [key]) !== undefined) ?? 'path'];
  if (first !== 'body') return at;
  if (second === 'value') return ['json', ...rest];
  if (second === 'fields') return ['form', ...rest];
  if (second === 'text') return typeof valueAt(step, ['body']) === 'string' ? ['body'] : ['body', 'text'];
  const multipart = valueAt(step, ['multipart']);
  const key = Array.isArray(multipart) ? Number(rest[0]) : Object.keys(multipart as object)[Number(rest[0])]!;
  const part = valueAt(multipart, [key]);
  return typeof part === 'object' ? ['multipart', key, 'value'] : ['multipart', key];
}

/** What is written at a place; undefined when nothing is. */
export function valueAt(value: unknown, path: KeyPath): unknown {
  let current = value;
  for (const part of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return undefined;
    current = (current as Record<string | number, unknown>)[part];
  }
  return current;
}
