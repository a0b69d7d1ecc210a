import type { Unit } from '../../model/indicator.ts';
import type { SearchCheck, SearchObjective } from '../../model/search.ts';
import { seriesTitle } from '../../stats/labels.ts';

const UNITS: Readonly<Record<Unit, (value: number) => string>> = {
  s: (value) => (value < 1 ? `${figure(value * 1000)} ms` : `${figure(value)} s`),
  '1': (value) => `${figure(value * 100)} %`,
  '1/s': (value) => `${figure(value)}/s`,
  By: (value) => `${figure(value)} bytes`,
  'By/s': (value) => `${figure(value)} bytes/s`,
  '{count}': figure,
};

/** Three significant digits, without an exponent. */
function figure(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : '?';
}

/** `load.response.duration.p99 {endpoint=GET /} was 240 ms; the limit is 100 ms.` */
export function checkText(check: SearchCheck): string {
  const value = check.value === null ? 'not measured' : UNITS[check.unit](check.value);
  return `${seriesTitle(check.indicator, check.labels)} was ${value}; the limit is ${UNITS[check.unit](check.limit)}.`;
}

/** `load.error.ratio ≤ 1 %`. */
export function objectiveText(objective: SearchObjective): string {
  const sign = objective.direction === 'higher-is-better' ? '≥' : '≤';
  return `${seriesTitle(objective.indicator, objective.labels)} ${sign} ${UNITS[objective.unit](objective.limit)}`;
}
