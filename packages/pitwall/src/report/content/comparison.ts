import type { ComparedRun, IndicatorComparison, RunComparison, ShapeComparison } from '../../model/comparison.ts';
import { seriesTitle } from '../../stats/labels.ts';
import {
  countOf,
  formatDuration,
  formatEffect,
  formatInstant,
  formatNumber,
  formatPercent,
  formatValue,
  NOTHING,
} from '../format.ts';
import { clean } from '../text.ts';
import { figureOrder, indicatorGroups } from './indicator-groups.ts';
import { labelText, sentence, type Tone, type Word } from './words.ts';

const COMPARED_RUNS: Readonly<Record<RunComparison['verdict'], Word>> = {
  better: { word: 'better', tone: 'good' },
  worse: { word: 'worse', tone: 'bad' },
  same: { word: 'same', tone: 'plain' },
  inconclusive: { word: 'inconclusive', tone: 'unknown' },
};

/** Short names of what a load measures; everything else keeps its own. */
const NAMES: readonly (readonly [begins: string, name: string])[] = [
  ['load.response.duration.', 'response '],
  ['load.service.duration.', 'service '],
  ['load.requests.rate', 'throughput'],
  ['load.error.ratio', 'failed'],
];

export function indicatorName(indicator: string): string {
  if (indicator.startsWith('cost.')) return clean(`${indicator.slice('cost.'.length)} a request`);
  const short = NAMES.find(([begins]) => indicator.startsWith(begins));
  return short ? clean(short[1] + indicator.slice(short[0].length)) : clean(indicator);
}

export interface ComparedRow extends Word {
  readonly name: string;
  /** In full: as it is called in JSON. */
  readonly indicator: string;
  readonly a: string;
  readonly b: string;
  /** `12 % slower`: the estimate, whatever the verdict. */
  readonly change: string;
  /** `+8.1 … +16 %`; of factors of 3 and more `3.1× … 4×`. */
  readonly interval: string;
  readonly noise: string;
  /** Smallest change that would have been seen. */
  readonly minimum: string;
  readonly blocks: string;
  /** Shown also when there is no room for everything. */
  readonly important: boolean;
  readonly of: IndicatorComparison;
}

export interface ComparedGroup {
  /** Endpoint, or target of what is no load. */
  readonly title: string;
  readonly rows: readonly ComparedRow[];
}

const KEY = /\.(?:p50|p99|rate|ratio)$/;

/** Whether a sentence has this series, and not one whose name only begins or ends like it, or that has labels besides. */
function isNamed(title: string, because: string): boolean {
  for (let at = because.indexOf(title); at >= 0; at = because.indexOf(title, at + 1)) {
    const [before, after] = [because.slice(0, at), because.slice(at + title.length)];
    if (!/[\w.]$/.test(before) && !/^(?:\w|\.\w| \{)/.test(after)) return true;
  }
  return false;
}

function important({ verdict, spread, indicator, labels }: IndicatorComparison, because: string): boolean {
  // What the verdict names is looked for in the table.
  if (isNamed(seriesTitle(indicator, labels), because)) return true;
  if (verdict === 'better' || verdict === 'worse') return true;
  if (indicator.startsWith('cost.')) return true;
  if (spread === 'unknown' || !indicator.startsWith('load.')) return false;
  return (KEY.test(indicator) && !indicator.startsWith('load.service.')) || labels.endpoint === undefined;
}

function comparedRow(comparison: IndicatorComparison, because: string): ComparedRow {
  const { unit, spread, interval, noiseFloor, minimumDetectable } = comparison;
  const known = spread !== 'unknown';
  const judged = comparison.direction !== 'neutral';
  return {
    ...(known && judged ? COMPARED_RUNS[comparison.verdict] : notJudged(comparison)),
    name: indicatorName(comparison.indicator),
    indicator: clean(comparison.indicator),
    a: formatValue(comparison.a, unit),
    b: formatValue(comparison.b, unit),
    // From nothing to something is no factor.
    change: comparison.a === 0 && comparison.b !== 0 ? NOTHING : formatEffect(comparison.ratio, unit),
    interval: interval === null ? NOTHING : shortInterval(interval),
    noise: noiseFloor === null ? NOTHING : `±${formatPercent(noiseFloor)}`,
    minimum: minimumDetectable === null ? NOTHING : formatPercent(minimumDetectable),
    blocks: `${formatNumber(comparison.blocks.a)} + ${formatNumber(comparison.blocks.b)}`,
    important: important(comparison, because),
    of: comparison,
  };
}

/** What has no better or worse, and what nothing is known of the noise of. */
function notJudged({ verdict, direction, spread }: IndicatorComparison): Word {
  if (verdict === 'worse') return COMPARED_RUNS.worse;
  if (direction === 'neutral' && verdict === 'same') return COMPARED_RUNS.same;
  return { word: spread === 'unknown' ? 'noise unknown' : 'not judged', tone: 'plain' };
}

function shortInterval([low, high]: readonly [number, number]): string {
  if (high >= 3 || low < 1 / 3)
    return `${formatNumber(Number(low.toPrecision(3)))}× … ${formatNumber(Number(high.toPrecision(3)))}×`;
  const percent = (ratio: number) => {
    const value = (ratio - 1) * 100;
    const text = Math.abs(value).toFixed(Math.abs(value) < 9.95 ? 1 : 0);
    return `${Number(text) === 0 ? '' : value < 0 ? '−' : '+'}${text}`;
  };
  return `${percent(low)} … ${percent(high)} %`;
}

/** In each group the comparison's own order. */
export function comparedGroups({ comparisons, because }: RunComparison): readonly ComparedGroup[] {
  return indicatorGroups(comparisons, order).map(({ title, members }) => ({
    title,
    rows: members.map((one) => withLabels(one, comparedRow(one, because))),
  }));
}

/** Response before service, and figures in their order: what belongs together is read together. */
function order({ indicator }: IndicatorComparison): number {
  const kind = NAMES.findIndex(([begins]) => indicator.startsWith(begins));
  return (kind === -1 ? NAMES.length : kind) * 10 + figureOrder(indicator);
}

function withLabels({ indicator, labels }: IndicatorComparison, row: ComparedRow): ComparedRow {
  if (indicator.startsWith('load.')) return row;
  const where = labelText(labels);
  return where === '' ? row : { ...row, name: `${row.name} · ${where}` };
}

export interface ShapeRow extends Word {
  readonly endpoint: string;
  readonly distance: string;
  readonly noise: string;
  readonly text: string;
}

const SHAPES: Readonly<Record<ShapeComparison['verdict'], Word>> = {
  same: { word: 'same', tone: 'plain' },
  other: { word: 'other shape', tone: 'warn' },
  inconclusive: { word: 'inconclusive', tone: 'unknown' },
};

const KINDS = {
  wider: 'the slow requests are further from the usual one: the distribution got wider or split',
  narrower: 'the slow requests are nearer to the usual one',
  other: 'other requests are fast and slow than before',
} as const;

export function shapeRows({ shapes, comparisons }: RunComparison): readonly ShapeRow[] {
  return shapes.map(({ endpoint, distance, noiseFloor, verdict, kind }) => {
    const median = comparisons.find(
      ({ indicator, labels }) => indicator === 'load.response.duration.p50' && labels.endpoint === endpoint,
    );
    const before = median?.verdict === 'same' ? 'the same median, another shape: ' : '';
    const share = `${formatPercent(distance)} of the requests lie elsewhere`;
    return {
      ...SHAPES[verdict],
      endpoint: clean(endpoint),
      distance: formatPercent(distance),
      noise: `±${formatPercent(noiseFloor)}`,
      text: verdict === 'other' ? sentence(`${before}${share}; ${KINDS[kind ?? 'other']}`) : '',
    };
  });
}

/** `20261120-231500-a1b2 (v1)`, or the URL of a duet. */
function runTitle({ id, name }: ComparedRun): string {
  return name === null || name === id ? clean(id) : `${clean(name)} (${clean(id)})`;
}

export function comparisonTitle({ design, a, b }: RunComparison): string {
  return design === 'duet' ? `${runTitle(a)} and ${runTitle(b)} at the same time` : `${runTitle(a)} → ${runTitle(b)}`;
}

/** One line a side: when, where, under which load. */
export function sideTexts({
  design,
  a,
  b,
}: RunComparison): readonly { readonly name: string; readonly text: string }[] {
  const text = ({ startedAt, host, load, blocks }: ComparedRun): string =>
    [
      design === 'duet' ? '' : formatInstant(startedAt),
      clean(host),
      load ? `${loadText(load)}, ${countOf(blocks, 'block')}` : 'no load',
    ]
      .filter(Boolean)
      .join(' · ');
  return [
    { name: `A  ${runTitle(a)}`, text: text(a) },
    { name: `B  ${runTitle(b)}`, text: text(b) },
  ];
}

export function loadText({
  shape,
  users,
  rate,
  duration,
  protocol,
  scenario,
}: NonNullable<ComparedRun['load']>): string {
  const course = rate === null ? countOf(users, 'user') : `${formatNumber(rate)}/s`;
  const what = scenario === null ? [] : [clean(scenario)];
  return [...what, `${shape}, ${course}`, formatDuration(duration), clean(protocol)].join(', ');
}

export interface ComparisonSentence {
  readonly text: string;
  readonly tone: Tone;
}

/** The verdict with its reason, where the noise is known from, and what has to be known besides. */
export function comparisonSentences(comparison: RunComparison): readonly ComparisonSentence[] {
  const { verdict, because, noise, tolerance, cautions } = comparison;
  const { word, tone } = COMPARED_RUNS[verdict];
  const known =
    noise === null
      ? null
      : noise.source === 'calibration'
        ? `Calibrated with ${countOf(noise.runs, 'run')} of the unchanged service (${clean(noise.id)}, ${formatInstant(noise.startedAt)}).`
        : null;
  return [
    { text: `${word.toUpperCase()}: ${sentence(because)}`, tone },
    ...(known === null ? [] : [{ text: known, tone: 'plain' as const }]),
    { text: `Differences within ${formatPercent(tolerance)} count as the same; intervals are 95 %.`, tone: 'plain' },
    ...cautions.map((text) => ({ text: sentence(text), tone: 'plain' as const })),
  ];
}

/** `1 worse · 2 better · 9 same · 4 inconclusive`. */
export function comparisonTally({ comparisons }: RunComparison): string {
  const judged = comparisons.filter(
    ({ spread, direction, verdict }) => verdict === 'worse' || (spread !== 'unknown' && direction !== 'neutral'),
  );
  const parts = (['worse', 'better', 'same', 'inconclusive'] as const)
    .map((verdict) => [judged.filter((one) => one.verdict === verdict).length, verdict] as const)
    .filter(([count]) => count > 0)
    .map(([count, verdict]) => `${formatNumber(count)} ${verdict}`);
  return parts.length === 0 ? 'nothing was judged' : parts.join(' · ');
}
