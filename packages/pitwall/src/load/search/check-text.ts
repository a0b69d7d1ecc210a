import type { Unit } from '../../model/indicator.ts';
import type { SearchCheck, SearchObjective } from '../../model/search.ts';
import { fewestNamed } from '../../stats/enough.ts';
import { seriesTitle } from '../../stats/labels.ts';
import { figure, grouped } from './words.ts';

const UNITS: Readonly<Record<Unit, (value: number) => string>> = {
  s: (value) => (value < 1 ? `${figure(value * 1000)} ms` : `${figure(value)} s`),
  '1': (value) => `${figure(value * 100)} %`,
  '1/s': (value) => `${figure(value)}/s`,
  By: (value) => `${figure(value)} bytes`,
  'By/s': (value) => `${figure(value)} bytes/s`,
  '{count}': figure,
};

/** `load.response.duration.p99 {endpoint=GET /} was 240 ms; the limit is 100 ms.` */
export function checkText(check: SearchCheck): string {
  const value = check.value === null ? 'not measured' : UNITS[check.unit](check.value);
  return `${seriesTitle(check.indicator, check.labels)} was ${value}; the limit is ${UNITS[check.unit](check.limit)}.`;
}

/** Measured, but of too few requests to say whether the objective was kept. */
export function isUndecided({ kept, value }: SearchCheck): boolean {
  return kept === null && value !== null;
}

/** `load.response.duration.p99 {endpoint=GET /} rests on 10 requests, and a p99 needs 100.` */
export function fewText({ indicator, labels, count = 0 }: SearchCheck): string {
  const requests = count === 1 ? '1 request' : `${grouped(count)} requests`;
  return `${seriesTitle(indicator, labels)} rests on ${requests}, and a ${indicator.split('.').at(-1)} needs ${fewestNamed(indicator)}.`;
}

/** `load.error.ratio ≤ 1 %`. */
export function objectiveText(objective: SearchObjective): string {
  const sign = objective.direction === 'higher-is-better' ? '≥' : '≤';
  return `${seriesTitle(objective.indicator, objective.labels)} ${sign} ${UNITS[objective.unit](objective.limit)}`;
}
