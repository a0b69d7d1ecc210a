import { z } from 'zod';
import {
  type Calibration,
  type IndicatorHistory,
  MOST_CALIBRATION_RUNS,
  type RunComparison,
} from '../../model/comparison.ts';
import { direction, indicator, labels, unit } from './indicator.ts';
import { loadBlocks, MOST_STEPS } from './load.ts';

/** The parts of the Report that comparing runs fills. */

const list = <T extends z.ZodType>(item: T, most?: number) =>
  (most === undefined ? z.array(item) : z.array(item).max(most)).readonly();

/** Distances of all pairs of runs. */
const MOST_DISTANCES = (MOST_CALIBRATION_RUNS * (MOST_CALIBRATION_RUNS - 1)) / 2;
const number = z.number();
const seconds = z.number().describe('Seconds');
const relative = z.number().describe('Relative: 0.031 is 3.1 %');
const iso = z.string().describe('ISO 8601');
const verdict = z.enum(['better', 'worse', 'same', 'inconclusive']);

const kind = z
  .object({
    url: z.string(),
    protocol: z.string(),
    shape: z.enum(['closed', 'constant-rate', 'poisson', 'ramping-rate', 'steps', 'spike', 'soak', 'trace']),
    scenario: z.string().nullable(),
    users: number,
    rate: z.number().nullable(),
    duration: seconds,
    endpoints: list(z.string()),
  })
  .meta({ id: 'loadKind', description: 'What two loads have to have in common to be comparable' });

const compared = z.object({
  id: z.string().describe('Run id; of a duet the URL'),
  command: z.string(),
  service: z.string(),
  name: z.string().nullable(),
  startedAt: iso,
  host: z.string(),
  load: kind.nullable(),
  blocks: number,
});

export const runComparison = z
  .object({
    schemaVersion: z.literal(1),
    design: z.enum(['sequential', 'duet']),
    a: compared,
    b: compared,
    verdict,
    because: z.string(),
    tolerance: relative,
    comparisons: list(
      z.object({
        indicator: z.string(),
        labels,
        target: z.string(),
        unit,
        direction,
        a: number,
        b: number,
        ratio: z.number().describe('b/a'),
        interval: z.tuple([number, number]).readonly().nullable().describe('95 %; null: nothing is known of the noise'),
        pValue: z.number().nullable().describe("After Holm's correction; null: no test"),
        verdict,
        blocks: z.object({ a: number, b: number }),
        spread: z.enum(['calibration', 'history', 'blocks', 'pairs', 'unknown']),
        noiseFloor: relative.nullable(),
        minimumDetectable: relative.nullable(),
      }),
    ),
    shapes: list(
      z.object({
        endpoint: z.string(),
        target: z.string(),
        distance: z.number().describe('0–1: share of requests that lie elsewhere, medians laid upon each other'),
        noiseFloor: number,
        pValue: z.number().nullable(),
        verdict: z.enum(['same', 'other', 'inconclusive']),
        kind: z.enum(['wider', 'narrower', 'other']).nullable(),
      }),
    ),
    cautions: list(z.string()),
    noise: z
      .object({ source: z.enum(['calibration', 'history']), runs: number, id: z.string(), startedAt: iso })
      .nullable(),
  })
  .meta({ id: 'runComparison' }) satisfies z.ZodType<RunComparison>;

export const calibration = z
  .object({
    host: z.string(),
    load: kind,
    target: z.string(),
    runs: list(z.object({ startedAt: iso, blocks: loadBlocks, indicators: list(indicator) }), MOST_CALIBRATION_RUNS),
    indicators: list(
      z.object({
        target: z.string(),
        indicator: z.string(),
        labels,
        unit,
        level: number,
        runs: number,
        betweenBlocks: relative.nullable(),
        betweenRuns: relative,
        noiseFloor: relative,
        minimumDetectable: relative,
      }),
    ),
    shapes: list(z.object({ endpoint: z.string(), distances: list(number, MOST_DISTANCES) }), MOST_STEPS),
    leftOut: number,
  })
  .meta({ id: 'calibration' }) satisfies z.ZodType<Calibration>;

export const indicatorHistory = z
  .object({
    schemaVersion: z.literal(1),
    indicator: z.string(),
    series: list(
      z.object({
        target: z.string(),
        labels,
        unit,
        direction,
        points: list(z.object({ run: z.string(), startedAt: iso, value: number })),
        changes: list(
          z.object({
            index: number,
            run: z.string(),
            startedAt: iso,
            before: number,
            after: number,
            ratio: z.number().nullable(),
            pValue: number,
            kind: z.enum(['better', 'worse', 'other']),
          }),
        ),
      }),
    ),
    cautions: list(z.string()),
  })
  .meta({ id: 'indicatorHistory' }) satisfies z.ZodType<IndicatorHistory>;
