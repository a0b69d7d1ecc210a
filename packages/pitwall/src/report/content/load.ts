import type { LoadResult, StepResult } from '../../model/load.ts';
import type { Report } from '../../model/report.ts';
import { countOf, formatDuration, formatNumber, formatPercent, NOTHING } from '../format.ts';
import { clean } from '../text.ts';
import { sentence } from './words.ts';

/** One line of figures: response times count from the intended send. */
export interface LoadFigures {
  readonly rate: string;
  readonly p50: string;
  readonly p95: string;
  readonly p99: string;
  readonly errors: string;
  readonly failed: boolean;
}

export interface LoadRow {
  readonly endpoint: string;
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
  const { response } = part.latency;
  const nothing = part.sent === 0;
  const time = (seconds: number): string => (nothing ? NOTHING : formatDuration(seconds));
  const errors = errorText(part.errors);
  return {
    rate: formatNumber(requestsPerSecond),
    p50: time(response.p50),
    p95: time(response.p95),
    p99: time(response.p99),
    errors,
    failed: errors !== '0',
  };
}

const stepFigures = (load: LoadResult | null, endpoint: string): LoadFigures | null => {
  const step = load?.steps.find((candidate) => candidate.endpoint === endpoint);
  return load && step ? figures(step, load.duration > 0 ? step.ok / load.duration : 0) : null;
};

/** A line for all, then one an endpoint. Empty when there was no load. */
export function loadRows({ load, loadBefore }: Report): readonly LoadRow[] {
  if (!load) return [];
  const endpoints = new Set([...load.steps, ...(loadBefore?.steps ?? [])].map(({ endpoint }) => endpoint));
  const total = {
    endpoint: 'all endpoints',
    total: true,
    now: figures(load, load.requestsPerSecond),
    before: loadBefore ? figures(loadBefore, loadBefore.requestsPerSecond) : null,
  };
  const rows = [...endpoints].map((endpoint) => ({
    endpoint: clean(endpoint),
    total: false,
    now: stepFigures(load, endpoint),
    before: stepFigures(loadBefore, endpoint),
  }));
  return rows.length === 1 ? rows : [total, ...rows];
}

/** `closed loop, 10 users, 10 s, http://127.0.0.1:8080`. */
export function loadTitle(load: LoadResult): string {
  const shape =
    load.shape === 'closed'
      ? `closed loop, ${countOf(load.users, 'user')}`
      : `${load.rate === null ? 'constant rate' : `${formatNumber(load.rate)} requests/s`}, at most ${countOf(load.users, 'connection')}`;
  return `${shape}, ${formatDuration(load.duration)}, ${clean(load.url)}`;
}

function validity(load: LoadResult, when: string): readonly LoadSentence[] {
  if (!load.valid) {
    const reasons = [
      `INVALID${when}: these figures do not describe the service.`,
      ...load.invalidBecause.map(sentence),
    ];
    return reasons.map((text) => ({ text, valid: false }));
  }
  const sent = load.planned > 0 ? formatPercent(load.sent / load.planned) : NOTHING;
  const slip = load.sent > 0 ? formatDuration(load.latency.slip.p99) : NOTHING;
  const busy = formatPercent(load.generator.loopUtilisation);
  const text = `Valid${when}: ${sent} of the planned requests were sent, 99 % of them at most ${slip} late; the busiest generator thread was ${busy} busy.`;
  return [{ text, valid: true }];
}

export interface LoadSentence {
  readonly text: string;
  /** False: the figures may not be used. */
  readonly valid: boolean;
}

/** Whether the load's figures may be trusted and why, and then its warnings. */
export function loadSentences({ load, loadBefore }: Report): readonly LoadSentence[] {
  const warnings = new Set([...(loadBefore?.warnings ?? []), ...(load?.warnings ?? [])].map(sentence));
  return [
    ...(loadBefore ? validity(loadBefore, ' before the changes') : []),
    ...(load ? validity(load, loadBefore ? ' after the changes' : '') : []),
    ...[...warnings].map((text) => ({ text, valid: true })),
  ];
}
