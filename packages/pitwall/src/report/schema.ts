import { z } from 'zod';
import type { Json } from '../model/json.ts';
import type { Report } from '../model/report.ts';
import { basis, past, predicted, proved, selector } from './schema/advice.ts';
import { calibration, indicatorHistory, runComparison } from './schema/comparison.ts';
import { database } from './schema/database.ts';
import { direction, indicator, labels, unit } from './schema/indicator.ts';
import { ledger } from './schema/ledger.ts';
import { load } from './schema/load.ts';
import { search } from './schema/search.ts';

/**
 * The Report as zod reads it. Unknown keys are ignored, so that a report of a later minor version (same `schemaVersion`)
 * can still be read; `schema.test.ts` holds the type to the model's.
 */

const json: z.ZodType<Json> = z
  .lazy(() =>
    z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(json).readonly(), z.record(z.string(), json)]),
  )
  .meta({ id: 'json', description: 'Any JSON value' });

const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
const iso = z.string().describe('ISO 8601');
const count = z.number();

const severity = z.enum(['info', 'warning', 'critical']);
const confidence = z.enum(['low', 'medium', 'high']);
const interval = z.tuple([z.number(), z.number()]).readonly();
const cost = z.object({ wallSeconds: z.number(), cpuSeconds: z.number() });
const failure = z.object({ code: z.string(), message: z.string(), hint: z.string().exactOptional() });
const advice = z.object({ text: z.string(), code: z.string().exactOptional() });

const target = z.object({ id: z.string(), integration: z.string(), title: z.string() });

const verdict = z.object({
  target: z.string(),
  indicator: z.string(),
  labels,
  unit,
  status: z.enum(['pass', 'off-target', 'warning', 'critical', 'no-data', 'error']),
  value: z.number().nullable(),
  limits: z.object({
    target: z.number().exactOptional(),
    warning: z.number().exactOptional(),
    critical: z.number().exactOptional(),
  }),
  source: z.string(),
  because: z.string().exactOptional(),
});

const draft = {
  tunable: z.string(),
  subject: z.string(),
  to: json,
  reason: z.string(),
  affects: list(selector),
  controls: list(selector).exactOptional(),
  meter: list(json).exactOptional(),
  predictedRatio: z.number().exactOptional(),
  expectedWriteSeconds: z.number().exactOptional(),
  lock: z.string().exactOptional(),
  predictions: list(predicted).exactOptional(),
  basis: basis.exactOptional(),
};
const changeDraft = z.object(draft).meta({ id: 'changeDraft' });

const change = z
  .object({
    ...draft,
    id: z.string(),
    target: z.string(),
    titles: z.record(z.string(), z.string()).exactOptional(),
    rules: list(z.string()),
    from: json,
    effect: z.enum(['now', 'reload', 'restart']),
    risk: z.enum(['low', 'medium', 'high']),
    needsRestart: z.boolean(),
    needsRestartBecause: z.string().exactOptional(),
    notChecked: list(z.string()).exactOptional(),
    preview: z.object({ apply: z.string(), undo: z.string() }),
  })
  .meta({ id: 'change' });

const finding = z.object({
  rule: z.string(),
  target: z.string(),
  subject: z.string(),
  summary: z.string(),
  severity,
  confidence,
  evidence: list(z.object({ label: z.string(), value: json, unit: z.string().exactOptional() })),
  impact: z
    .object({ indicator: z.string(), labels, expectedRatio: z.number().exactOptional(), text: z.string() })
    .exactOptional(),
  changes: list(changeDraft).exactOptional(),
  advice: advice.exactOptional(),
  confirm: z.object({ probe: z.string(), key: z.string(), input: json }).exactOptional(),
});

const rule = z.object({
  rule: z.string(),
  target: z.string(),
  status: z.enum(['found', 'clear', 'not-yet', 'not-applicable', 'no-data', 'error']),
  because: z.string(),
});

const recommendation = z.object({
  id: z.string(),
  target: z.string(),
  title: z.string(),
  rules: list(z.string()),
  subjects: list(z.string()),
  severity,
  confidence,
  score: z.number(),
  changes: list(changeDraft),
  advice: advice.exactOptional(),
  status: z.enum(['open', 'applied', 'kept', 'rolled-back', 'failed', 'dismissed']),
  past: past.exactOptional(),
});

const comparisonVerdict = z.enum(['improved', 'unchanged', 'regressed', 'inconclusive']);

const comparison = z.object({
  indicator: z.string(),
  labels,
  target: z.string(),
  unit,
  direction,
  affected: z.boolean(),
  before: z.number(),
  after: z.number(),
  ratio: z.number(),
  interval,
  pValue: z.number(),
  verdict: comparisonVerdict,
  blocks: z.object({ before: count, after: count }),
  noiseFloor: z.number(),
  minimumDetectable: z.number(),
});

const outcome = z.object({
  change,
  journalId: z.string(),
  verdict: comparisonVerdict,
  decision: z.enum(['kept', 'rolled-back', 'conflict']),
  because: z.string(),
  design: z.enum(['interleaved', 'repeated']),
  comparisons: list(comparison),
  ratio: z.number().nullable(),
  interval: interval.nullable(),
  blocks: count,
  noiseFloor: z.number().nullable(),
  effects: list(proved).exactOptional(),
});

const series = z
  .object({
    target: z.string(),
    name: z.string(),
    labels,
    unit,
    points: list(z.tuple([z.number(), z.number()]).readonly()).describe('[at, value], ascending'),
  })
  .meta({
    id: 'series',
    description: 'Numbers over the time of the load; `at` in seconds since its measured part began',
  });

export const reportSchema = z.object({
  schemaVersion: z.literal(1),
  run: z.object({
    id: z.string(),
    command: z.string(),
    service: z.string(),
    startedAt: iso,
    finishedAt: iso,
    pitwallVersion: z.string(),
    nodeVersion: z.string(),
    host: z.object({ name: z.string(), cpus: count, memoryBytes: count, kernel: z.string() }),
    replayedFrom: z.string().exactOptional(),
  }),
  targets: list(target),
  indicators: list(indicator),
  verdicts: list(verdict),
  findings: list(finding),
  rules: list(rule),
  recommendations: list(recommendation),
  outcomes: list(outcome),
  load: load.nullable(),
  loadBefore: load.nullable(),
  loadStartedAt: iso.exactOptional(),
  series: list(series).exactOptional(),
  ledger: ledger.exactOptional(),
  search: search.exactOptional(),
  comparison: runComparison.exactOptional(),
  calibration: calibration.exactOptional(),
  history: indicatorHistory.exactOptional(),
  databases: list(database).exactOptional(),
  gaps: list(z.object({ what: z.string(), why: z.string(), target: z.string() })),
  collectors: list(z.object({ target: z.string(), collector: z.string(), cost, failure: failure.exactOptional() })),
  cost: z.object({
    wallSeconds: z.number(),
    cpuSeconds: z.number(),
    maxRssBytes: count,
    asked: list(
      z.object({
        target: z.string(),
        statements: count,
        seconds: z.number().describe('Waited for their answers'),
        over: z.number().describe('Seconds that it took in all'),
        most: z.number().describe('Share of one connection that analysis may take'),
      }),
    )
      .exactOptional()
      .describe('What servers of databases were asked; copies are not counted'),
  }),
}) satisfies z.ZodType<Report>;

/** JSON Schema (draft 2020-12) of the Report, as published in `schema/report-1.schema.json`. */
export function reportJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(reportSchema, { io: 'input' });
  return {
    $schema,
    title: 'Pitwall report',
    description:
      'What one run of Pitwall measured, found, changed and proved. Durations in seconds, sizes in bytes, ratios 0–1.',
    ...rest,
  };
}
