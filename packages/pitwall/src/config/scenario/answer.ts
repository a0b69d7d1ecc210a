import { defaultGroup, patternProblem } from '../../model/pattern.ts';
import type { Check, Extraction } from '../../model/scenario.ts';
import type { KeyPath } from '../problem.ts';
import { add, type StepContext } from './context.ts';
import { valueName } from './schema.ts';
import type { StepInput } from './step-schema.ts';

type ExtractInput = NonNullable<StepInput['extract']>[string];

/** What a step takes out of its answer, or null after adding what is wrong. */
export function extractionOf(as: string, written: ExtractInput, context: StepContext): Extraction | null {
  const at = ['extract', as];
  const name = valueName.safeParse(as);
  if (!name.success) return add(context, at, name.error.issues[0]!.message, 'key');
  if (typeof written === 'string') {
    if (!written.startsWith('$')) {
      return add(context, at, `expected a JSONPath that begins with $, or a map such as { header: Location }`);
    }
    const problem = context.pathProblem(written);
    return problem === null ? { as, from: 'jsonpath', path: written } : add(context, at, problem);
  }
  const { jsonpath, regex, group, header, cookie, default: fallback } = written;
  const sources = (['jsonpath', 'regex', 'header', 'cookie'] as const).filter((key) => written[key] !== undefined);
  if (sources.length !== 1) return add(context, at, 'expected one of jsonpath, regex, header and cookie');
  if (group !== undefined && regex === undefined)
    return add(context, [...at, 'group'], 'only a regex has groups', 'key');
  const common = { as, ...(fallback !== undefined && { fallback }) };
  if (jsonpath !== undefined) {
    const problem = context.pathProblem(jsonpath);
    if (problem !== null) return add(context, [...at, 'jsonpath'], problem);
    return { ...common, from: 'jsonpath', path: jsonpath };
  }
  if (regex !== undefined) {
    const problem = patternProblem(regex, group ?? 0);
    if (problem !== null) return add(context, [...at, 'regex'], problem);
    return { ...common, from: 'regex', pattern: regex, group: group ?? defaultGroup(regex) };
  }
  return header === undefined
    ? { ...common, from: 'cookie', name: cookie! }
    : { ...common, from: 'header', name: header };
}

/** The checks of a step; what is wrong with them is added to the problems. */
export function checksOf(check: NonNullable<StepInput['check']>, context: StepContext): readonly Check[] {
  const checks: Check[] = [];
  const pattern = (source: string, at: KeyPath) => {
    const problem = patternProblem(source);
    if (problem !== null) add(context, at, problem);
  };
  if (check.status !== undefined) {
    const list = [check.status].flat();
    checks.push({ kind: 'status', name: `status ${list.join(', ')}`, in: [...new Set(list.flatMap(statuses))] });
  }
  for (const [header, source] of Object.entries(check.header ?? {})) {
    const matches = source === 'exists' ? null : source;
    if (matches !== null) pattern(matches, ['check', 'header', header]);
    const name = matches === null ? `header ${header} exists` : `header ${header} matches ${matches}`;
    checks.push({ kind: 'header', name, header, matches });
  }
  for (const [path, wanted] of Object.entries(check.jsonpath ?? {})) {
    const built = jsonPathCheck(path, wanted, context);
    if (built !== null) checks.push(built);
  }
  for (const [index, matches] of [check.body ?? []].flat().entries()) {
    pattern(matches, Array.isArray(check.body) ? ['check', 'body', index] : ['check', 'body']);
    checks.push({ kind: 'body', name: `body matches ${matches}`, matches });
  }
  if (check.size !== undefined) {
    const { min, max } = check.size;
    const most = max === Number.MAX_SAFE_INTEGER ? '' : ` at most ${max} B`;
    checks.push({ kind: 'size', name: `size${min > 0 ? ` at least ${min} B` : ''}${most}`, min, max });
  }
  if (check.latency !== undefined) {
    const milliseconds = Number((check.latency * 1000).toPrecision(6));
    checks.push({ kind: 'latency', name: `latency at most ${milliseconds} ms`, max: check.latency });
  }
  return checks.map((each) => ({ ...each, name: each.name.slice(0, 200) }));
}

function jsonPathCheck(path: string, wanted: unknown, context: StepContext): Check | null {
  const at = ['check', 'jsonpath', path];
  const problem = context.pathProblem(path);
  if (problem !== null) return add(context, at, problem, 'key');
  if (wanted === 'exists') return { kind: 'jsonpath', name: `${path} exists`, path };
  let equals = wanted;
  if (typeof wanted === 'object' && wanted !== null && !Array.isArray(wanted)) {
    const keys = Object.keys(wanted);
    if (keys.length !== 1 || keys[0] !== 'equals')
      return add(context, at, 'expected exists, a value, or { equals: value }');
    equals = (wanted as { equals: unknown }).equals;
  }
  return { kind: 'jsonpath', name: `${path} is ${JSON.stringify(equals)}`, path, equals };
}

function statuses(status: number | string): readonly number[] {
  if (typeof status === 'number') return [status];
  return Array.from({ length: 100 }, (_, index) => Number(status[0]) * 100 + index);
}
