import { PitwallError } from '../errors.ts';
import type { HistoryChange, HistorySeries, IndicatorHistory } from '../model/comparison.ts';
import type { Indicator, Unit } from '../model/indicator.ts';
import type { LatencySummary, LoadResult } from '../model/load.ts';
import type { Labels } from '../model/observation.ts';
import type { Report } from '../model/report.ts';
import type { Store } from '../model/store.ts';
import { type EDivisiveOptions, eDivisive } from '../stats/e-divisive.ts';
import { fewestNamed } from '../stats/enough.ts';
import { labelsInclude, seriesKey } from '../stats/labels.ts';
import { median } from '../stats/quantile.ts';
import { loadRefusals } from '../verify/likeness.ts';
import { costIndicators, kindOf, loadTargetOf } from './run-kind.ts';

/** Newest runs that are looked at where nothing else is said. */
export const DEFAULT_LAST = 200;
/** Newest runs that can be looked at: time and memory of the change points grow with the square (a thousand take a second or two). */
export const MOST_LAST = 1000;
/** What compares or calibrates measures no state of its own. */
const NO_STATES = new Set(['calibrate', 'duet', 'compare', 'history']);
/**
 * A level that moved by less is the same; then it is the spread that changed. Ten times what a bucket of the histograms is wide (0.1 %),
 * and a fifth of what comparisons tolerate: no one would call it better or worse. It only names what the test has found. [judgement]
 */
const SAME_LEVEL = 0.01;
const LEVEL = 0.05;

export interface HistoryOptions {
  readonly indicator: string;
  /** Only series that carry these labels. */
  readonly labels: Labels;
  /** Only of this target. */
  readonly target?: string | undefined;
  /** Newest runs that are looked at, at most MOST_LAST. Default DEFAULT_LAST. */
  readonly last?: number | undefined;
  readonly changes?: EDivisiveOptions;
}

interface Found {
  readonly report: Report;
  readonly indicators: readonly Indicator[];
}

/**
 * One indicator over the saved runs, with the runs at which it changed (stats/e-divisive.ts). Only runs of the same command, and of
 * loads only those of the same kind as the newest one, are in one line: else every change of the load would be a change of the
 * service. Over all series drawn, a change where there is none is found at most 1 time in 20.
 * @throws PitwallError INDICATOR_NEVER_MEASURED, USAGE (`last` above MOST_LAST)
 */
export async function indicatorHistory(store: Store, options: HistoryOptions): Promise<IndicatorHistory> {
  const { indicator, labels, target, last = DEFAULT_LAST } = options;
  if (last > MOST_LAST) {
    const what = `--last ${last}: an indicator is drawn over at most ${MOST_LAST} runs.`;
    throw new PitwallError('USAGE', { what, command: 'history' });
  }
  const found: Found[] = [];
  const known = new Set<string>();
  let fewer = 0;
  for (const { id, command } of (await store.listRuns()).filter((run) => !NO_STATES.has(run.command)).slice(0, last)) {
    const report = await store.loadReport(id);
    if (!report || report.run.replayedFrom !== undefined) continue;
    const all = indicatorsOf(report);
    for (const { name } of all) known.add(name);
    const named = all.filter(
      (one) =>
        one.name === indicator &&
        one.value !== null &&
        labelsInclude(one.labels, labels) &&
        (target === undefined || one.target === target),
    );
    const matching = named.filter(isKnown);
    if (matching.length < named.length) fewer++;
    if (matching.length > 0 && command !== '') found.push({ report, indicators: matching });
  }
  if (found.length === 0) throw neverMeasured(options, [...known], fewer);
  const { alike, cautions } = alikeOf(found, indicator);
  if (fewer > 0) cautions.push(`${leftOut(fewer)}, in whole or in part: ${tooFew(indicator)}`);
  const series = seriesOf(alike.reverse());
  const level = (options.changes?.level ?? LEVEL) / series.length;
  const permutations = Math.min(1999, Math.max(199, Math.ceil(2 / level)));
  const settings = { permutations, ...options.changes, level };
  return {
    schemaVersion: 1,
    indicator,
    series: series.map((one) => ({ ...one, changes: changesOf(one, settings) })),
    cautions,
  };
}

/** Those made as the newest one was, newest first, and what was left out. */
function alikeOf(found: readonly Found[], indicator: string): { alike: Found[]; cautions: string[] } {
  const newest = found[0]!.report;
  const cautions: string[] = [];
  const sameCommand = found.filter(({ report }) => report.run.command === newest.run.command);
  if (sameCommand.length < found.length) {
    const others = [...new Set(found.map(({ report }) => report.run.command))].filter(
      (one) => one !== newest.run.command,
    );
    cautions.push(
      `${leftOut(found.length - sameCommand.length)}: made by another command (${others.join(', ')}), which measures under other circumstances.`,
    );
  }
  const load = indicator.startsWith('load.') ? newest.load : null;
  if (!load) return { alike: sameCommand, cautions };
  const kind = kindOf(load);
  const alike = sameCommand.filter(({ report }) => report.load && loadRefusals(kindOf(report.load), kind).length === 0);
  if (alike.length < sameCommand.length) {
    cautions.push(`${leftOut(sameCommand.length - alike.length)}: made under another load.`);
  }
  return { alike, cautions };
}

/** A percentile of too few requests is the largest one under another name (stats/enough.ts): no point of a line of percentiles. */
function isKnown({ name, count }: Indicator): boolean {
  return !name.startsWith('load.') || count >= fewestNamed(name);
}

function tooFew(indicator: string): string {
  return `made of fewer than ${fewestNamed(indicator)} requests, which a ${indicator.split('.').at(-1)} needs.`;
}

function leftOut(runs: number): string {
  return runs === 1 ? '1 run is left out' : `${runs} runs are left out`;
}

function seriesOf(runs: readonly Found[]): Omit<HistorySeries, 'changes'>[] {
  const series = new Map<string, { of: Indicator; points: HistorySeries['points'][number][] }>();
  for (const { report, indicators } of runs) {
    for (const one of indicators) {
      const key = seriesKey(one.target, one.name, one.labels);
      const entry = series.get(key) ?? { of: one, points: [] };
      series.set(key, entry);
      entry.points.push({ run: report.run.id, startedAt: report.run.startedAt, value: one.value! });
    }
  }
  return [...series.values()].map(({ of: { target, labels, unit, direction }, points }) => ({
    target,
    labels,
    unit,
    direction,
    points,
  }));
}

function changesOf({ points, direction }: Omit<HistorySeries, 'changes'>, settings: EDivisiveOptions): HistoryChange[] {
  const values = points.map(({ value }) => value);
  // Durations and rates scatter by a share of themselves.
  const scaled = values.every((value) => value > 0) ? values.map(Math.log) : values;
  const found = eDivisive(scaled, settings);
  const borders = [0, ...found.map(({ index }) => index), values.length];
  return found.map(({ index, pValue }, i): HistoryChange => {
    const before = median(values.slice(borders[i]!, index));
    const after = median(values.slice(index, borders[i + 2]!));
    const ratio = before > 0 ? after / before : null;
    const { run, startedAt } = points[index]!;
    const still = ratio === null ? after === before : Math.abs(ratio - 1) < SAME_LEVEL;
    const up = direction === 'higher-is-better' ? 'better' : 'worse';
    const down = up === 'better' ? 'worse' : 'better';
    const kind = still || direction === 'neutral' ? 'other' : after > before ? up : down;
    return { index, run, startedAt, before, after, ratio, pValue, kind };
  });
}

const STATISTICS = ['p50', 'p90', 'p95', 'p99', 'p999', 'mean'] as const satisfies readonly (keyof LatencySummary)[];

/** The indicators of a run, and the figures of its load that are none but that comparisons name the same way. */
function indicatorsOf(report: Report): Indicator[] {
  const { load } = report;
  const indicators = [...report.indicators, ...costIndicators(report.ledger)];
  if (!load?.valid) return indicators;
  const named = new Set(indicators.map(({ name }) => name));
  const target = loadTargetOf(report);
  return [...indicators, ...figuresOf(load, target).filter(({ name }) => !named.has(name))];
}

function figuresOf({ steps }: LoadResult, target: string): Indicator[] {
  const direction = 'lower-is-better' as const;
  return steps.flatMap(({ endpoint, latency, distributions }) => {
    const figure = (name: string, value: number, count: number, unit: Unit = 's'): Indicator => ({
      target,
      name,
      labels: { endpoint },
      unit,
      direction,
      value: Number.isFinite(value) ? value : null,
      count,
    });
    return (['response', 'service'] as const).flatMap((kind) =>
      STATISTICS.map((statistic) =>
        figure(`load.${kind}.duration.${statistic}`, latency[kind][statistic], distributions[kind].count),
      ),
    );
  });
}

function neverMeasured(
  { indicator, labels, target }: HistoryOptions,
  known: readonly string[],
  fewer: number,
): PitwallError {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const where = [pairs.length > 0 ? ` with ${pairs.join(', ')}` : '', target === undefined ? '' : ` on ${target}`].join(
    '',
  );
  const same = known.includes(indicator);
  const near = known.filter((name) => name.split('.')[0] === indicator.split('.')[0]).sort();
  const hint =
    fewer > 0
      ? `It has only been ${tooFew(indicator)}`
      : same
        ? 'It has been measured with other labels or on other targets; `pitwall report --json` shows them.'
        : near.length > 0
          ? `Measured are ${near.slice(0, 6).join(', ')}${near.length > 6 ? ' …' : ''}.`
          : '`pitwall list` shows what there is.';
  return new PitwallError('INDICATOR_NEVER_MEASURED', { indicator: `${indicator}${where}`, hint });
}
