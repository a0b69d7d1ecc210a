import { deriveIndicators } from '../../judge/indicators.ts';
import type { Indicator, IndicatorDefinition, Objective } from '../../model/indicator.ts';
import type { LoadResult } from '../../model/load.ts';
import type { Distribution } from '../../model/observation.ts';
import type { SearchCheck, SearchObjective } from '../../model/search.ts';
import { fewestNamed, probabilityOf } from '../../stats/enough.ts';
import { Histogram } from '../../stats/histogram.ts';
import { labelsInclude, seriesKey } from '../../stats/labels.ts';
import { loadSamples } from '../load-samples.ts';
import type { Session, SessionTarget } from '../session.ts';

/** What a search takes from its flags. Seconds, ratio 0–1. */
export interface ObjectiveFlags {
  readonly p99?: number;
  readonly errors?: number;
}

const P99 = 'load.response.duration.p99';
const ERRORS = 'load.error.ratio';
/** A throughput is what the search sets: at the first rates no objective on it could be kept. */
const NOT_A_LIMIT = ['load.requests.rate'];

/** Used where the configuration says nothing. */
const DEFAULTS = {
  [P99]: {
    limit: 1,
    source: 'default: 1 s is the limit for a user’s flow of thought to stay uninterrupted (J. Nielsen, 1993)',
  },
  [ERRORS]: {
    limit: 0.01,
    source: 'default: critical above 1 % (NovaCron operations runbook, error rate panel)',
  },
} as const;

/**
 * What a rate has to keep: the strictest limit of every objective on `load.*` that the configuration has for the loaded
 * target. Flags replace the objectives on their indicator. The error ratio always has a limit, because failing is quick;
 * without any objective on a time, the p99 of the response time has one.
 */
export function searchObjectives(session: Session, loaded: SessionTarget, flags: ObjectiveFlags): SearchObjective[] {
  const definitions = loaded.integration.indicators;
  const configured = session.config.objectives.filter(
    ({ indicator, on }) =>
      indicator.startsWith('load.') &&
      !NOT_A_LIMIT.includes(indicator) &&
      (on ?? loaded.target.id) === loaded.target.id,
  );
  const replaced = [...(flags.p99 === undefined ? [] : [P99]), ...(flags.errors === undefined ? [] : [ERRORS])];
  const objectives = [
    ...configured
      .filter(({ indicator }) => !replaced.includes(indicator))
      .flatMap((each) => strictest(each, definitions)),
    ...(flags.p99 === undefined ? [] : single(P99, flags.p99, '--search-p99', definitions)),
    ...(flags.errors === undefined ? [] : single(ERRORS, flags.errors, '--search-errors', definitions)),
  ];
  const has = (test: (indicator: string) => boolean) => objectives.some(({ indicator }) => test(indicator));
  const missing = [
    ...(has((indicator) => indicator.includes('.duration.')) ? [] : [P99 as typeof P99]),
    ...(has((indicator) => indicator === ERRORS) ? [] : [ERRORS as typeof ERRORS]),
  ];
  return [
    ...objectives,
    ...missing.flatMap((name) => single(name, DEFAULTS[name].limit, DEFAULTS[name].source, definitions)),
  ];
}

function strictest(objective: Objective, definitions: readonly IndicatorDefinition[]): SearchObjective[] {
  const limit = objective.target ?? objective.warning ?? objective.critical;
  if (limit === undefined) return [];
  return single(objective.indicator, limit, objective.source, definitions, objective.labels);
}

function single(
  indicator: string,
  limit: number,
  source: string,
  definitions: readonly IndicatorDefinition[],
  labels: SearchObjective['labels'] = {},
): SearchObjective[] {
  const definition = definitions.find(({ name }) => name === indicator);
  if (!definition) return [];
  return [{ indicator, labels, unit: definition.unit, direction: definition.direction, limit, source }];
}

/** Every objective at one step, once for each series that it speaks for; once without a value where there is none. */
export function checksOf(
  objectives: readonly SearchObjective[],
  loaded: SessionTarget,
  result: LoadResult,
  at: number,
): SearchCheck[] {
  const wanted = loaded.integration.indicators.filter(({ name }) =>
    objectives.some(({ indicator }) => indicator === name),
  );
  const observation = {
    target: loaded.target,
    collector: 'load',
    startedAt: at,
    finishedAt: at,
    samples: loadSamples(result, at),
    facts: [],
    gaps: [],
    cost: { wallSeconds: 0, cpuSeconds: 0 },
  };
  const indicators = deriveIndicators([observation], new Map([[loaded.target.integration, wanted]]));
  return checks(objectives, indicators, ({ name, labels }, limit) => {
    const from = wanted.find((definition) => definition.name === name)?.from.sample;
    const key = seriesKey('', from ?? '', labels);
    const found = observation.samples.filter((sample) => seriesKey('', sample.name, sample.labels) === key);
    return beyond(
      found.map(({ value }) => value).filter((value) => typeof value !== 'number'),
      limit,
    );
  });
}

/** How many were above the limit (s). */
function beyond(distributions: readonly Distribution[], limit: number): number {
  let above = 0;
  Histogram.fromDistributions(distributions).forEach((nanoseconds, times) => {
    if (nanoseconds > limit * 1e9) above += times;
  });
  return above;
}

/**
 * Whether an objective was kept. A percentile of fewer measurements than it needs (stats/enough.ts) cannot show that it was; that
 * it was broken it can, where so many are above the limit that fewer than 1 in 20 services that keep it would show as many: the
 * exact one-sided test of a quantile (W. J. Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2).
 */
function keptOf({ direction, limit }: SearchObjective, indicator: Indicator, above: Above): boolean | null {
  const { name, count } = indicator;
  const value = indicator.value!;
  if (count >= fewestNamed(name)) return direction === 'higher-is-better' ? value >= limit : value <= limit;
  if (direction !== 'lower-is-better') return null;
  return chanceOfAtLeast(above(indicator, limit), count, 1 - probabilityOf(name)!) < SURE ? false : null;
}

/** P(X ≥ `times`) for X binomial of `count` trials with `share`, 0–1. */
function chanceOfAtLeast(times: number, count: number, share: number): number {
  let exactly = (1 - share) ** count;
  let fewer = 0;
  for (let i = 0; i < times; i++) {
    fewer += exactly;
    exactly *= ((count - i) / (i + 1)) * (share / (1 - share));
  }
  return 1 - fewer;
}

/** How many measurements of a series were above a limit. */
type Above = (indicator: Indicator, limit: number) => number;

const SURE = 0.05;

/** As in judge/: of several objectives that match a series, those with most labels count. `above` is asked only of percentiles of few. */
export function checks(
  objectives: readonly SearchObjective[],
  indicators: readonly Indicator[],
  above: Above = () => 0,
): SearchCheck[] {
  const measured = indicators.filter(({ value }) => value !== null);
  const made = measured.flatMap((indicator) => {
    const matching = objectives.filter(
      ({ indicator: name, labels }) => name === indicator.name && labelsInclude(indicator.labels, labels),
    );
    const most = Math.max(...matching.map(({ labels }) => Object.keys(labels).length));
    return matching
      .filter(({ labels }) => Object.keys(labels).length === most)
      .map((objective) => ({ objective, indicator }));
  });
  return objectives.flatMap((objective): SearchCheck[] => {
    const own = made.filter((each) => each.objective === objective);
    const covered = measured.some(
      ({ name, labels }) => name === objective.indicator && labelsInclude(labels, objective.labels),
    );
    // Others speak for all that it would have spoken for.
    if (own.length === 0 && covered) return [];
    if (own.length === 0) return [{ ...objective, value: null, kept: null }];
    return own.map(({ indicator }) => ({
      ...objective,
      labels: indicator.labels,
      value: indicator.value,
      count: indicator.count,
      kept: keptOf(objective, indicator, above),
    }));
  });
}
