import type { Report } from '../../model/report.ts';
import type { Demand, ResourceUse, Scalability, SearchResult, SearchStep } from '../../model/search.ts';
import { knownOf } from '../../stats/enough.ts';
import { countOf, formatDuration, formatNumber, formatPercent, NOTHING } from '../format.ts';
import { clean, cleanProse } from '../text.ts';
import { brokenText, objectiveText, rateText, searchedWord, WHY } from './search/words.ts';
import { sentence, type Tone, type Word } from './words.ts';

export interface SearchSentence {
  readonly text: string;
  readonly tone: Tone;
}

/** `1,000 to 1,090 requests/s`, `at least 400 requests/s`, `below 10 requests/s`. */
export function answerText({ highestPassing, lowestFailing }: SearchResult): string {
  if (highestPassing !== null && lowestFailing !== null) {
    return `${formatNumber(highestPassing)} to ${formatNumber(lowestFailing)} requests/s`;
  }
  if (highestPassing !== null) return `at least ${formatNumber(highestPassing)} requests/s`;
  if (lowestFailing !== null) return `below ${formatNumber(lowestFailing)} requests/s`;
  return 'no answer';
}

export function searchTitle(search: SearchResult): string {
  const { steps, plan } = search;
  return `${answerText(search)} · ${countOf(steps.length, 'step')} of ${formatDuration(plan.stepDuration)} or more`;
}

/** What came out, in the order in which it is read: the answer, what broke, what is the limit, what to keep in mind. */
export function searchSentences(search: SearchResult): readonly SearchSentence[] {
  const said = (tone: Tone, ...texts: readonly string[]): SearchSentence[] =>
    texts.filter((text) => text !== '').map((text) => ({ text, tone }));
  const { lowestFailing, broke, limit, objectives, warnings } = search;
  return [
    ...said(search.highestPassing === null ? 'bad' : 'good', outcome(search)),
    ...said('plain', `What it had to keep: ${objectives.map(objectiveText).join('; ')}.`),
    ...said(
      'plain',
      broke.length === 0 || lowestFailing === null
        ? ''
        : `What broke at ${rateText(lowestFailing)}: ${broke.map(sentence).join(' ')}`,
    ),
    ...said('plain', `What holds it back: ${sentence(limit.text)}`, scalabilityText(search)),
    ...said('warn', ...warnings.map(sentence)),
  ];
}

function outcome(search: SearchResult): string {
  const { end, highestPassing, lowestFailing, plan, steps } = search;
  const last = sentence(steps.at(-1)?.because ?? '');
  const between =
    highestPassing !== null && lowestFailing !== null
      ? `The highest rate that keeps the objectives is at least ${rateText(highestPassing)} and below ${rateText(lowestFailing)} (${formatPercent(lowestFailing / highestPassing - 1)} apart)`
      : highestPassing !== null
        ? `At least ${rateText(highestPassing)} keep the objectives`
        : lowestFailing !== null
          ? `Not even ${rateText(lowestFailing)} kept the objectives`
          : 'No rate was measured to the end';
  switch (end) {
    case 'found':
      return `${between}; each end was measured ${formatNumber(plan.repeats)} times.`;
    case 'top':
      return `${between}: that is the highest rate that was asked for.`;
    case 'none':
      return `${between}, the first rate that was tried.`;
    case 'generator':
      return `${between}. More is not known, because the generator was the limit: ${last}`;
    case 'danger':
      return `${between}. It was stopped there before it did harm: ${last}`;
    case 'interrupted':
      return `${between}. It was interrupted before it was done.`;
    case 'unsettled':
      return `${between}. It was not settled within ${countOf(plan.mostSteps, 'step')}.`;
  }
}

const span = ([low, high]: readonly [number, number], format: (value: number) => string): string =>
  `${format(low)} to ${format(high)}`;

function scalabilityText({ scalability, scalabilityBecause }: SearchResult): string {
  if (!scalability) {
    return scalabilityBecause === null ? '' : `No scalability law: ${sentence(scalabilityBecause)}`;
  }
  const { sigma, kappa, intervals, peak } = scalability;
  const { low, high } = intervals.peakConcurrency;
  const reach = high === null ? `${formatNumber(low)} or more` : span([low, high], formatNumber);
  const most = peak
    ? `throughput is highest, about ${rateText(peak.throughput)}, with ${countOf(peak.concurrency, 'request')} under way (95 %: ${reach})`
    : `throughput was not seen to fall: its maximum is with ${formatNumber(low)} or more requests under way`;
  return `Scalability law: contention σ ${formatPercent(sigma)} (95 %: ${span(intervals.sigma, formatPercent)}), coherency κ ${formatNumber(kappa)} (${span(intervals.kappa, formatNumber)}); ${most}.`;
}

export interface SearchRow extends Word {
  readonly rate: string;
  readonly why: string;
  readonly throughput: string;
  readonly p50: string;
  readonly p99: string;
  /** Requests under way at the service. */
  readonly underWay: string;
  readonly errors: string;
  readonly failed: boolean;
  /** What was fullest, and how full. */
  readonly fullest: string;
  /** What broke, short; empty when nothing did. */
  readonly broke: string;
  readonly because: string;
  /** Short where an objective broke, in full where nothing did and there is no pass. */
  readonly reason: string;
}

/** A row a step, in the order in which they were run. */
export function searchRows({ steps }: SearchResult): readonly SearchRow[] {
  return steps.map((step) => {
    const nothing = step.sent === 0;
    const { p50, p99 } = knownOf({ p50: step.p50, p99: step.p99 }, step.sent);
    const short = brokenText(step.checks) ?? shortReason(step);
    return {
      ...searchedWord(step),
      rate: rateText(step.rate),
      why: WHY[step.why],
      throughput: nothing ? NOTHING : formatNumber(step.throughput),
      p50: formatDuration(p50),
      p99: formatDuration(p99),
      underWay: nothing ? NOTHING : formatNumber(step.concurrency),
      errors: nothing ? NOTHING : formatPercent(step.errorRatio),
      failed: step.errorRatio > 0,
      fullest: fullestText(step),
      broke: short,
      because: step.verdict === 'pass' ? '' : sentence(step.because),
      reason: step.verdict === 'fail' ? short : step.verdict === 'pass' ? '' : sentence(step.because),
    };
  });
}

function shortReason({ verdict, steadiness, resources }: SearchStep): string {
  if (verdict === 'pass') return '';
  if (verdict === 'invalid') return 'generator unwell';
  if (verdict === 'danger') return 'danger for the host';
  if (verdict === 'hold') {
    if (steadiness === 'growing') return 'queue grows';
    return steadiness === 'drifting' ? 'still changing' : 'too few requests';
  }
  if (resources.some(({ resource }) => resource === 'connections')) return 'connections taken';
  return steadiness === 'growing' ? 'queue grows' : 'failed';
}

const RESOURCES: Readonly<Record<ResourceUse['resource'], string>> = {
  'service-cpu': 'service CPU',
  'cgroup-cpu': 'CPU quota',
  'host-cpu': 'host CPU',
  memory: 'memory',
  io: 'I/O',
  disk: 'disk',
  'open-files': 'open files',
  'accept-queue': 'accept queue',
  connections: 'connections',
};

const resourceText = ({ resource, name }: Pick<Demand, 'resource' | 'name'>): string =>
  name ? `${RESOURCES[resource]} ${clean(name)}` : RESOURCES[resource];

function fullestText({ resources }: SearchStep): string {
  const [fullest] = resources
    .filter(({ utilisation }) => utilisation !== null)
    .toSorted((a, b) => b.utilisation! - a.utilisation!);
  return fullest ? `${resourceText(fullest)} ${formatPercent(Math.min(fullest.utilisation!, 9.99))}` : '';
}

export interface DemandRow {
  readonly resource: string;
  readonly demand: string;
  readonly bound: string;
}

/** What one request costs of each resource; the lowest bound first. */
export function demandRows({ demands }: SearchResult): readonly DemandRow[] {
  return demands.map((demand) => ({
    resource: resourceText(demand),
    demand: formatDuration(demand.demand),
    bound: rateText(demand.bound),
  }));
}

/** λ, σ, κ and the peak, with their intervals. */
export function scalabilityRows(law: Scalability): readonly { name: string; value: string; interval: string }[] {
  const { intervals, peak } = law;
  const { low, high } = intervals.peakConcurrency;
  return [
    { name: 'λ: throughput of one alone', value: rateText(law.lambda), interval: span(intervals.lambda, rateText) },
    { name: 'σ: contention', value: formatPercent(law.sigma), interval: span(intervals.sigma, formatPercent) },
    { name: 'κ: coherency', value: formatNumber(law.kappa), interval: span(intervals.kappa, formatNumber) },
    {
      name: 'Requests under way with the highest throughput',
      value: peak ? formatNumber(peak.concurrency) : NOTHING,
      interval: high === null ? `${formatNumber(low)} or more` : span([low, high], formatNumber),
    },
    { name: 'Highest throughput', value: peak ? rateText(peak.throughput) : NOTHING, interval: '' },
    { name: 'Explained', value: formatPercent(Math.max(0, law.rSquared)), interval: '' },
  ];
}

/** Sources of the limits, for those that are not the reader's own. */
export function objectiveSources({ objectives }: SearchResult): readonly string[] {
  return objectives
    .filter(({ source }) => source !== 'config' && !source.startsWith('--'))
    .map((objective) => `${objectiveText(objective)}: ${cleanProse(objective.source)}`);
}

export const searchOf = (report: Report): SearchResult | null => report.search ?? null;
