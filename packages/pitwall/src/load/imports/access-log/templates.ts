import type { Check } from '../../../model/scenario.ts';
import { type DraftFeeder, statusCheck, type UniqueNames, type VariableNames } from '../draft.ts';
import { pathSegment, queryPart } from '../literal.ts';
import { shorten } from '../notes.ts';
import { type Endpoint, MOST_DISTINCT } from './endpoint.ts';
import type { Template } from './endpoint-tree.ts';
import { cleanTarget } from './target.ts';

/** A longer value is no id; and a hundred of them would drown the file. */
const LONGEST_VALUE = 300;

/** A template as a request of a scenario. */
export interface TemplatedRequest {
  /** `GET /users/:users_id?page`: the same for the same log, whatever was sampled. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly feeder: DraftFeeder | null;
  readonly checks: readonly Check[];
}

export interface Naming {
  readonly steps: UniqueNames;
  readonly variables: VariableNames;
}

interface Column {
  /** What it is called if it varies. */
  readonly wanted: string;
  readonly values: string[];
}

/** The request of a template, with the values that were seen; null when none of them can be written. */
export function templatedRequest({ segments, endpoint }: Template, naming: Naming): TemplatedRequest | null {
  const { method } = endpoint;
  const keys = keyOrder(endpoint);
  const columns: Column[] = [
    ...segments.flatMap((segment, index) =>
      segment === null ? [{ wanted: pathName(segments, index), values: [] }] : [],
    ),
    ...keys.map((key) => ({ wanted: key, values: [] })),
  ];
  const title = `${method} /${segments.map((segment) => segment ?? ':id').join('/')}`;
  const name = naming.steps.name(shorten(keys.length === 0 ? title : `${title}?${keys.join('&')}`, 180));
  let rows = 0;
  for (const text of endpoint.sample) {
    const values = valuesOf(text, segments, keys);
    if (values === null) continue;
    rows++;
    for (const [index, value] of values.entries()) columns[index]!.values.push(value);
  }
  if (rows === 0) return null;
  const texts = columns.map((column) => asText(column, naming));
  const path = pathOf(segments, keys, texts);
  const varying = columns.flatMap(({ values }, index) => {
    const { variable } = texts[index]!;
    return variable === null ? [] : [{ variable, values }];
  });
  return {
    name,
    method,
    path,
    feeder: varying.length === 0 ? null : feederOf(name, endpoint, varying, rows),
    checks: checksOf(endpoint),
  };
}

/** Keys of the query in the order in which a request had them. */
function keyOrder(endpoint: Endpoint): readonly string[] {
  const first = endpoint.sample[0] === undefined ? null : cleanTarget(endpoint.sample[0]);
  return first === null || typeof first === 'string' ? endpoint.keys : first.query.map(([key]) => key);
}

/** Values of the open segments, then of the query keys; null when one cannot be written. */
function valuesOf(text: string, segments: Template['segments'], keys: readonly string[]): readonly string[] | null {
  const target = cleanTarget(text);
  if (typeof target === 'string' || target.segments.length !== segments.length) return null;
  const inPath = target.segments.filter((_, index) => segments[index] === null);
  const left = [...target.query];
  const inQuery = keys.map((key) => {
    const at = left.findIndex(([each]) => each === key);
    return at < 0 ? null : left.splice(at, 1)[0]![1];
  });
  const values = [...inPath, ...inQuery];
  const usable = values.every(
    (value) => value !== null && value.length <= LONGEST_VALUE && !/[\u0000-\u001f\u007f\ufffd]/.test(value),
  );
  return usable ? (values as readonly string[]) : null;
}

/** A column that never varies is written into the path; any other is a variable. */
function asText(
  { wanted, values }: Column,
  naming: Naming,
): { readonly variable: string | null; readonly value: string } {
  const first = values[0]!;
  if (values.every((value) => value === first)) return { variable: null, value: first };
  return { variable: naming.variables.name(wanted), value: '' };
}

function pathOf(
  segments: Template['segments'],
  keys: readonly string[],
  texts: readonly { readonly variable: string | null; readonly value: string }[],
): string {
  let next = 0;
  const written = (encode: (text: string) => string) => {
    const { variable, value } = texts[next++]!;
    return variable === null ? encode(value) : `{{${variable}}}`;
  };
  const path = segments.map((segment) => (segment === null ? written(pathSegment) : pathSegment(segment))).join('/');
  const query = keys.map((key) => `${queryPart(key)}=${written(queryPart)}`).join('&');
  return `/${path}${query === '' ? '' : `?${query}`}`;
}

function feederOf(
  name: string,
  endpoint: Endpoint,
  columns: readonly { readonly variable: string; readonly values: readonly string[] }[],
  rows: number,
): DraftFeeder {
  const seen = endpoint.distinct > MOST_DISTINCT ? `more than ${MOST_DISTINCT}` : String(endpoint.distinct);
  const kept = new Set(Array.from({ length: rows }, (_, row) => columns.map(({ values }) => values[row]).join('\n')))
    .size;
  return {
    name,
    order: 'random',
    rows: Array.from(
      { length: rows },
      (_, row) => new Map(columns.map(({ variable, values }) => [variable, values[row]!])),
    ),
    comment:
      endpoint.distinct > kept
        ? `A sample: ${kept} of ${seen} different URLs. Caches will look better than they are; put your own rows here.`
        : 'All that were seen, as often as they were.',
  };
}

/** `/users/:id` → users_id. */
function pathName(segments: Template['segments'], index: number): string {
  const before = segments.slice(0, index).findLast((segment) => segment !== null && segment !== '');
  return before === undefined ? 'id' : `${before}_id`;
}

/** What it was answered with when it succeeded. What is asked for without conditions is never `304 Not Modified`. */
function checksOf(endpoint: Endpoint): readonly Check[] {
  const usual = [...endpoint.statuses]
    .filter(([status, count]) => status >= 200 && status < 400 && count >= endpoint.count / 100)
    .map(([status]) => (status === 304 ? 200 : status));
  return usual.length === 0 ? [] : [statusCheck(usual)];
}
