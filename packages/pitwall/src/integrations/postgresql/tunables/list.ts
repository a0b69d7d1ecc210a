import { extendedStatistics } from './extended-statistics.ts';
import { postgresqlIndex } from './index.ts';
import { invalidIndex } from './invalid-index.ts';
import { analyze, vacuum } from './maintenance.ts';
import { reindex } from './reindex.ts';
import { setting } from './setting.ts';
import { statisticsTarget } from './statistics-target.ts';
import { tableOption } from './table-option.ts';

export const tunables = [
  postgresqlIndex,
  invalidIndex,
  reindex,
  vacuum,
  analyze,
  tableOption,
  setting,
  statisticsTarget,
  extendedStatistics,
];
