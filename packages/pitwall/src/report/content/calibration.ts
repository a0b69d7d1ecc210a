import type { CalibratedIndicator, Calibration } from '../../model/comparison.ts';
import type { Report } from '../../model/report.ts';
import { countOf, formatNumber, formatPercent, formatValue, NOTHING } from '../format.ts';
import { clean } from '../text.ts';
import { indicatorName, loadText } from './comparison.ts';
import { figureOrder, indicatorGroups } from './indicator-groups.ts';
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

/** Above ten times the level a figure says nothing but that. */
function spreadText(ratio: number): string {
  return ratio > 10 ? '> 1,000 %' : formatPercent(ratio);
}

function rowOf(one: CalibratedIndicator): CalibratedRow {
  const ofLoad = /^(?:load|cost)\./.test(one.indicator);
  const where = ofLoad ? '' : labelText(one.labels);
  return {
    name: `${indicatorName(one.indicator)}${where === '' ? '' : ` · ${where}`}`,
    level: formatValue(one.level, one.unit),
    betweenBlocks: one.betweenBlocks === null ? NOTHING : spreadText(one.betweenBlocks),
    betweenRuns: spreadText(one.betweenRuns),
    noise: `±${spreadText(one.noiseFloor)}`,
    minimum: spreadText(one.minimumDetectable),
    ofLoad,
  };
}

export function calibratedGroups({ indicators }: Calibration): readonly CalibratedGroup[] {
  const order = ({ indicator }: CalibratedIndicator): number =>
    (indicator.startsWith('load.service.') ? 10 : 0) + figureOrder(indicator);
  return indicatorGroups(indicators, order).map(({ title, members }) => ({ title, rows: members.map(rowOf) }));
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
