import type { LatencySummary, LoadResult, StepResult } from '../../model/load.ts';
import type { Report } from '../../model/report.ts';
import { knownOf } from '../../stats/enough.ts';
import { knownLatency } from '../content/load/known.ts';
import { clean } from '../text.ts';
import { loadOf } from './load-of.ts';

type Cell = string | number | null;

const SUMMARY = [
  'p50',
  'p90',
  'p95',
  'p99',
  'p999',
  'p9999',
  'max',
  'mean',
] as const satisfies readonly (keyof LatencySummary)[];
const TIMES = [
  ['response', 'response'],
  ['service', 'service'],
  ['slip', 'slip'],
  ['first_byte', 'firstByte'],
  ['server', 'server'],
  ['database', 'database'],
] as const satisfies readonly (readonly [string, keyof StepResult['latency']])[];

/**
 * One table, one row for each stretch of time and step. Public contract: columns are only ever added at the end. Times are in
 * seconds, sizes in bytes; an empty cell is not known, or does not apply to the row, or is a percentile of too few requests.
 *
 * - `load`: `now`, or `before` for the load before the changes of a trial
 * - `window`: `run` (the whole measured part), `block` (a stretch that comparisons take as one measurement) or `second`
 * - `step`, `flow`, `method`: of which step; an empty step means all together
 * - `from`, `length`: where the window begins in the measured part, and how long it is
 * - `requests`: sent (run), or ended in the window (block, second); `ok`, `errors`; `errors_by_kind`: `timeout=3 reset=1`
 * - `requests_per_second`: the successful ones
 * - `tags`: of the step: `team=shop tier=gold`
 */
const COLUMNS: readonly string[] = [
  'load',
  'window',
  'step',
  'flow',
  'method',
  'from',
  'length',
  'requests',
  'ok',
  'errors',
  'requests_per_second',
  'bytes',
  'in_flight',
  ...TIMES.flatMap(([name]) => SUMMARY.map((key) => `${name}_${key}`)),
  'errors_by_kind',
  'tags',
];

type Row = Readonly<Record<string, Cell>>;

/**
 * A text that a spreadsheet would take for a formula gets an apostrophe before it, which Excel and LibreOffice take as "this is
 * text" (OWASP, CSV Injection). Numbers are left alone.
 */
function field(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  const text = clean(cell);
  const inert = /^[=+\-@\t\r|%]/.test(text) ? `'${text}` : text;
  return /[",\r\n]|^\s|\s$|^'/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

function times(prefix: string, summary: Partial<LatencySummary> | undefined): Row {
  return Object.fromEntries(SUMMARY.map((key) => [`${prefix}_${key}`, summary?.[key] ?? null]));
}

const latencies = (latency: StepResult['latency']): Row =>
  Object.assign({}, ...TIMES.map(([name, key]) => times(name, latency[key])));

const perSecond = (count: number, seconds: number): number | null => (seconds > 0 ? count / seconds : null);

const pairs = (named: Readonly<Record<string, number | string>>): string =>
  Object.entries(named)
    .map(([name, value]) => `${clean(name)}=${clean(String(value))}`)
    .join(' ');

function runRow(part: LoadResult | StepResult, seconds: number, requestsPerSecond: number | null): Row {
  return {
    window: 'run',
    from: 0,
    length: seconds,
    requests: part.sent,
    ok: part.ok,
    errors: Object.values(part.errors).reduce((sum, count) => sum + count, 0),
    requests_per_second: requestsPerSecond,
    bytes: part.bytes,
    errors_by_kind: pairs(part.errors),
    ...latencies(knownLatency(part)),
  };
}

function rowsOf(load: LoadResult, name: string): readonly Row[] {
  const named = new Map(load.steps.map((step) => [step.endpoint, step]));
  const identity = (step: StepResult | undefined): Row => ({
    flow: step?.flow ?? '',
    method: step?.method ?? '',
    tags: pairs(step?.tags ?? {}),
  });
  const rows: Row[] = [
    runRow(load, load.duration, load.requestsPerSecond),
    ...load.steps.map((step) => ({
      ...runRow(step, load.duration, perSecond(step.ok, load.duration)),
      ...identity(step),
      step: step.endpoint,
    })),
    ...load.blocks.flatMap(({ at, duration, steps }) =>
      steps.map(({ endpoint, completed, errors, response, service }) => ({
        window: 'block',
        step: endpoint,
        ...identity(named.get(endpoint)),
        from: at,
        length: duration,
        requests: completed,
        ok: completed - errors,
        errors,
        requests_per_second: perSecond(completed - errors, duration),
        ...times('response', knownOf(response, completed)),
        ...times('service', knownOf(service, completed)),
      })),
    ),
    ...load.timeline.map(({ at, completed, errors, bytes, inFlight, p50, p90, p99 }, i) => {
      const from = load.timeline[i - 1]?.at ?? 0;
      return {
        window: 'second',
        from,
        length: at - from,
        requests: completed,
        ok: completed - errors,
        errors,
        requests_per_second: perSecond(completed - errors, at - from),
        bytes,
        in_flight: inFlight,
        ...times('response', knownOf({ p50, p90, p99 }, completed)),
      };
    }),
  ];
  return rows.map((row) => ({ load: name, ...row }));
}

/**
 * The load as CSV (RFC 4180, UTF-8, line ends CRLF): whole run, blocks and seconds in one table.
 * @throws PitwallError REPORT_WITHOUT_LOAD
 */
export function renderCsv(report: Report): string {
  const load = loadOf(report, 'CSV');
  const rows = [...rowsOf(load, 'now'), ...(report.loadBefore ? rowsOf(report.loadBefore, 'before') : [])];
  const lines = [COLUMNS, ...rows.map((row) => COLUMNS.map((column) => field(row[column] ?? null)))];
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('');
}
