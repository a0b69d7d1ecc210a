import type { Threshold } from '../../../model/rule.ts';

/** Shared by the rules that are confirmed by a trial on a copy. */
export const minimumGain: Threshold = {
  value: 0.1,
  unit: 'ratio',
  source:
    'postgres-mcp proposes an index from 10 % gain on; measured here as the upper end of the 95 % interval, so a smaller gain is not worth each write’s extra work.',
};
