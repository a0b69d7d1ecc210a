import { counted } from '../../../model/plural.ts';
import type { Threshold } from '../../../model/rule.ts';

export const DAY = 86_400;

/** Nobody can see that something asks more rarely. */
export const unusedFor: Threshold = {
  value: 35 * DAY,
  unit: 's',
  source: 'pganalyze calls an index unused after 35 days: a job that runs once a month has run by then.',
};

/** `3 days`, `5 hours`, `2 minutes`. */
export function ageText(seconds: number): string {
  const units = [
    [DAY, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
  ] as const;
  const [size, name] = units.find(([unit]) => seconds >= unit) ?? [1, 'second'];
  return counted(Math.floor(seconds / size), name);
}
