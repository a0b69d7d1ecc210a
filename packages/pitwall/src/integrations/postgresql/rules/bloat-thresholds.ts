import type { Threshold } from '../../../model/rule.ts';

export const minimumWasted: Threshold = {
  value: 100 * 2 ** 20,
  unit: 'bytes',
  source:
    'PgHero looks at the bloat of indexes of 100 MB and more: below, rewriting gains nothing that one would notice.',
};
