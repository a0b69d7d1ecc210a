import type { Rule } from '../../../model/rule.ts';
import { bloatedIndex } from './bloated-index.ts';
import { bloatedTable } from './bloated-table.ts';
import { duplicateIndex } from './duplicate-index.ts';
import { fewHotUpdates } from './few-hot-updates.ts';
import { foreignKeyWithoutIndex } from './foreign-key-without-index.ts';
import { invalidIndex } from './invalid-index.ts';
import { redundantIndex } from './redundant-index.ts';
import { sequenceNearEnd } from './sequence-near-end.ts';
import { staleStatistics } from './stale-statistics.ts';
import { tableWithoutPrimaryKey } from './table-without-primary-key.ts';
import { unusedIndex } from './unused-index.ts';
import { vacuumDebt } from './vacuum-debt.ts';
import { wraparoundNear } from './wraparound-near.ts';

/** What is wrong with tables, indexes, keys and sequences, and with how they are kept. */
export const structureRules: readonly Rule[] = [
  invalidIndex,
  duplicateIndex,
  redundantIndex,
  unusedIndex,
  foreignKeyWithoutIndex,
  staleStatistics,
  vacuumDebt,
  wraparoundNear,
  sequenceNearEnd,
  fewHotUpdates,
  bloatedTable,
  bloatedIndex,
  tableWithoutPrimaryKey,
];
