import { formatPercent, NOTHING } from '../../format.ts';

/** `part` of `whole` in per cent, rounded away from 100 %: 99.996 % must not read as all. */
export function shareOf(part: number, whole: number): string {
  if (!(whole > 0)) return NOTHING;
  const ratio = part / whole;
  return ratio < 1 && ratio >= 0.9995 ? '> 99.9 %' : formatPercent(ratio);
}
