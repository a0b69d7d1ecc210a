import type { CalibratedIndicator, Calibration } from '../../model/comparison.ts';
import type { Report } from '../../model/report.ts';
import { countOf, formatNumber, formatPercent, formatValue, NOTHING } from '../format.ts';
import { clean } from '../text.ts';
import { indicatorName, loadText } from './comparison.ts';
import { labelText } from './words.ts';

interface CalibratedRow {
  readonly name: string;
  readonly level: string;
  readonly betweenBlocks: string;
  readonly betweenRuns: string;
  readonly noise: string;
  readonly minimum: string;
  /** Of the load, block by block; the rest has one value a run. */
  readonly ofLoad: boolean;
}

export interface CalibratedGroup {
  readonly title: string;
  readonly rows: readonly CalibratedRow[];
}

const FIGURES = ['p50', 'p90', 'p95', 'p99', 'mean'];

function rowOf(one: CalibratedIndicator): CalibratedRow {
  const ofLoad = /^(?:load|cost)\./.test(one.indicator);
  const where = ofLoad ? '' : labelText(one.labels);
  return {
    name: `${indicatorName(one.indicator)}${where === '' ? '' : ` · ${where}`}`,
    level: formatValue(one.level, one.unit),
    betweenBlocks: one.betweenBlocks === null ? NOTHING : formatPercent(one.betweenBlocks),
    betweenRuns: formatPercent(one.betweenRuns),
    noise: `±${formatPercent(one.noiseFloor)}`,
    minimum: formatPercent(one.minimumDetectable),
    ofLoad,
  };
}

/** By endpoint; then the whole load; then what has one value a run. */
export function calibratedGroups({ indicators }: Calibration): readonly CalibratedGroup[] {
  const title = ({ indicator, labels, target }: CalibratedIndicator): string => {
    if (indicator.startsWith('cost.')) return `${clean(target)}: what a request costs`;
    if (!indicator.startsWith('load.')) return `${clean(target)}: one value a run`;
    return labels.endpoint === undefined ? 'the whole load' : clean(labels.endpoint);
  };
  const rank = (name: string): number =>
    name === 'the whole load'
      ? 0
      : name.endsWith(': one value a run')
        ? 3
        : name.endsWith(': what a request costs')
          ? 2
          : 1;
  const order = ({ indicator }: CalibratedIndicator): number =>
    (indicator.startsWith('load.service.') ? 10 : 0) + FIGURES.indexOf(indicator.split('.').at(-1)!);
  return [...Map.groupBy(indicators, title)]
    .toSorted(([a], [b]) => rank(a) - rank(b))
    .map(([name, all]) => ({ title: name, rows: all.toSorted((a, b) => order(a) - order(b)).map(rowOf) }));
}

export function calibrationTitle({ load, runs, host }: Calibration): string {
  return `${countOf(runs.length, 'run')} of ${loadText(load)}, ${clean(load.url)}, on ${clean(host)}`;
}

/** What it means, said with the figures of the headline. */
export function calibrationSentences({ indicators, leftOut, runs }: Calibration): readonly string[] {
  const headline = ['load.response.duration.p50', 'load.response.duration.p95', 'load.response.duration.p99'].flatMap(
    (name) => {
      const found = indicators.filter(({ indicator }) => indicator === name);
      const worst = found.toSorted((a, b) => b.noiseFloor - a.noiseFloor)[0];
      return worst ? [`${formatPercent(worst.noiseFloor)} of ${name.split('.').at(-1)!}`] : [];
    },
  );
  const seen =
    headline.length > 0
      ? [
          `Changes below ${headline.join(', ')} cannot be seen here by comparing two runs; --duet and longer runs see smaller ones.`,
        ]
      : [];
  const left =
    leftOut > 0
      ? [`${formatNumber(leftOut)} of ${formatNumber(leftOut + runs.length)} runs were not valid and are left out.`]
      : [];
  return [
    ...seen,
    'It is the noise of runs that follow one another on an unchanged service. Restarts, other days and other machines add to it.',
    ...left,
  ];
}

export const calibrationOf = (report: Report): Calibration | null => report.calibration ?? null;
