import type { LoadResult, StepResult } from '../../model/load.ts';
import type { Report } from '../../model/report.ts';
import type { ShapeId } from '../../model/shape.ts';
import { countOf, formatDuration, formatNumber } from '../format.ts';
import { clean } from '../text.ts';
import { healthText } from './load/generator.ts';
import { knownLatency } from './load/known.ts';
import { sentence, type Tone } from './words.ts';

/** One line of figures: response times count from the intended send. A percentile of too few requests is a dash. */
export interface LoadFigures {
  readonly rate: string;
  readonly p50: string;
  readonly p95: string;
  readonly p99: string;
  /** By kind. */
  readonly errors: string;
  /** Only how many. */
  readonly failures: string;
  readonly failed: boolean;
}

export interface LoadRow {
  readonly endpoint: string;
  /** Its flow and tags: `browse · team=shop`; empty without. */
  readonly note: string;
  /** The line over all endpoints. */
  readonly total: boolean;
  readonly now: LoadFigures | null;
  /** Before the changes of this run. */
  readonly before: LoadFigures | null;
}

function errorText(errors: Readonly<Record<string, number>>): string {
  const kinds = Object.entries(errors).filter(([, n]) => n > 0);
  if (kinds.length === 0) return '0';
  return kinds.map(([kind, n]) => `${formatNumber(n)} ${clean(kind)}`).join(', ');
}

function figures(part: LoadResult | StepResult, requestsPerSecond: number): LoadFigures {
  const { response } = knownLatency(part);
  const errors = errorText(part.errors);
  return {
    rate: formatNumber(requestsPerSecond),
    p50: formatDuration(response.p50),
    p95: formatDuration(response.p95),
    p99: formatDuration(response.p99),
    errors,
    failures: formatNumber(Object.values(part.errors).reduce((sum, n) => sum + n, 0)),
    failed: errors !== '0',
  };
}

const stepFigures = (load: LoadResult | null, endpoint: string): LoadFigures | null => {
  const step = load?.steps.find((candidate) => candidate.endpoint === endpoint);
  return load && step ? figures(step, load.duration > 0 ? step.ok / load.duration : 0) : null;
};

function noteOf(step: StepResult | undefined): string {
  const tags = Object.entries(step?.tags ?? {}).map(([key, value]) => clean(`${key}=${value}`));
  return [...(step?.flow === undefined ? [] : [clean(step.flow)]), ...tags].join(' · ');
}

/** A line for all, then one an endpoint. Empty when there was no load. */
export function loadRows({ load, loadBefore }: Report): readonly LoadRow[] {
  if (!load) return [];
  const endpoints = new Set([...load.steps, ...(loadBefore?.steps ?? [])].map(({ endpoint }) => endpoint));
  const total = {
    endpoint: 'all endpoints',
    note: '',
    total: true,
    now: figures(load, load.requestsPerSecond),
    before: loadBefore ? figures(loadBefore, loadBefore.requestsPerSecond) : null,
  };
  const rows = [...endpoints].map((endpoint) => ({
    endpoint: clean(endpoint),
    note: noteOf(load.steps.find((step) => step.endpoint === endpoint)),
    total: false,
    now: stepFigures(load, endpoint),
    before: stepFigures(loadBefore, endpoint),
  }));
  return rows.length === 1 ? rows : [total, ...rows];
}

const SHAPE: Readonly<Record<ShapeId, string>> = {
  closed: 'closed loop',
  'constant-rate': 'constant rate',
  poisson: 'Poisson arrivals',
  'ramping-rate': 'ramping rate',
  steps: 'steps',
  spike: 'spike',
  soak: 'soak',
  trace: 'replayed trace',
};

/** What a load is called by: of a result, or of one that is yet to run. */
export type LoadNaming = Pick<
  LoadResult,
  'scenario' | 'shape' | 'rate' | 'users' | 'peakUsers' | 'duration' | 'url' | 'counted' | 'iterations'
> & {
  /** Of one that is yet to run: what ends it where its time is not meant to (`50 requests`). */
  readonly count?: string;
  /** Of one that is yet to run, where they are loaded one after the other: `4 endpoints`. */
  readonly each?: string;
};

/** The same of a result, as far as it says. */
function countedNaming({ counted, iterations, scenario }: LoadNaming): Pick<LoadNaming, 'count' | 'each'> {
  if (counted === undefined) return {};
  return {
    count: countOf(counted.iterations, iterations === undefined ? 'request' : 'iteration'),
    ...(counted.loads > 1 ? { each: countOf(counted.loads, scenario === undefined ? 'endpoint' : 'flow') } : {}),
  };
}

/** Users where they wait for their answers; else connections. */
function usersText({ shape, rate, users, peakUsers }: LoadNaming): string {
  if (shape === 'closed' || (shape === 'soak' && rate === null)) return countOf(users, 'user');
  // A spike may also be one downwards.
  if (shape === 'spike' && peakUsers !== undefined && peakUsers > users) {
    return `${formatNumber(users)} to ${countOf(peakUsers, 'user')}`;
  }
  if (peakUsers !== undefined) return `at most ${countOf(peakUsers, 'user')}`;
  // Reports of earlier versions do not say the peak.
  return shape === 'spike' && rate === null
    ? `from ${countOf(users, 'user')}`
    : `at most ${countOf(users, 'connection')}`;
}

/**
 * `closed loop, 10 users, 10 s, http://127.0.0.1:8080`; `closed loop, 50 requests by 10 users, http://127.0.0.1:8080`, and with how
 * long they took once it has run.
 */
export function loadTitle(naming: LoadNaming): string {
  const load = { ...countedNaming(naming), ...naming };
  const each = load.each === undefined ? '' : ` for each of ${load.each}`;
  const took = load.counted === undefined ? '' : ` in ${formatDuration(load.duration)}`;
  const parts = [
    ...(load.scenario === undefined ? [] : [`scenario ${clean(load.scenario)}`]),
    load.rate === null ? SHAPE[load.shape] : `${SHAPE[load.shape]} ${formatNumber(load.rate)}/s`,
    ...(load.count === undefined
      ? [usersText(load), `${formatDuration(load.duration)}${each}`]
      : [`${load.count} by ${usersText(load)}${each}${took}`]),
    clean(load.url),
  ];
  return parts.join(', ');
}

function validity(load: LoadResult, when: string, past: boolean): readonly LoadSentence[] {
  const text = `${load.valid ? 'Valid' : 'Generator'}${when}: ${healthText(load, when !== '')}`;
  const health: LoadSentence = { text, tone: 'plain', ...(past ? {} : { health: true }) };
  if (load.valid) return [health];
  return [
    { text: `INVALID${when}: these figures do not describe the service.`, tone: 'bad' },
    ...load.invalidBecause.map((text): LoadSentence => ({ text: sentence(text), tone: 'bad' })),
    health,
  ];
}

function notices(load: LoadResult, when: string): readonly LoadSentence[] {
  const { queued } = load.generator;
  const waited =
    queued > 0
      ? `: ${countOf(queued, load.iterations ? 'iteration' : 'request')} found every connection taken when they were due`
      : '';
  return [
    ...(load.partial === null
      ? []
      : [
          {
            text: `ENDED EARLY${when}, after ${formatDuration(load.duration)}: ${sentence(load.partial)}`,
            tone: 'warn' as const,
          },
        ]),
    ...(load.saturated
      ? [{ text: `SATURATED${when}: the service could not take what was planned${waited}.`, tone: 'warn' as const }]
      : []),
  ];
}

export interface LoadSentence {
  readonly text: string;
  /** `bad`: the figures may not be used; `warn`: not without reading this. */
  readonly tone: Tone;
  /** The health of this load's generator, of which some renderings have a table. */
  readonly health?: true;
}

/** Whether the load's figures may be trusted and why, and then its warnings. */
export function loadSentences({ load, loadBefore }: Report): readonly LoadSentence[] {
  const both = loadBefore !== null;
  const warnings = new Set([...(loadBefore?.warnings ?? []), ...(load?.warnings ?? [])].map(sentence));
  const of = (one: LoadResult | null, when: string, past: boolean): readonly LoadSentence[] =>
    one === null ? [] : [...validity(one, when, past), ...notices(one, when)];
  return [
    ...of(loadBefore, ' before the changes', true),
    ...of(load, both ? ' after the changes' : '', false),
    ...[...warnings].map((text) => ({ text, tone: 'plain' as const })),
  ];
}
