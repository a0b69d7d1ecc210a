import { coarseStatistics } from './coarse-statistics.ts';
import { correlatedColumns } from './correlated-columns.ts';
import { costlyStatement } from './costly-statement.ts';
import { misestimatedRows } from './misestimated-rows.ts';
import { noStatementStatistics } from './no-statement-statistics.ts';
import { notUnderstood } from './not-understood.ts';
import { planFlip } from './plan-flip.ts';
import { readsMuch } from './reads-much.ts';
import { spillsToDisk } from './spills-to-disk.ts';
import { statementLoop } from './statement-loop.ts';
import { statisticsLost } from './statistics-lost.ts';

/** Of the workload: what statements cost, and how they are planned. */
export const statementRules = [
  coarseStatistics,
  correlatedColumns,
  costlyStatement,
  misestimatedRows,
  noStatementStatistics,
  notUnderstood,
  planFlip,
  readsMuch,
  spillsToDisk,
  statementLoop,
  statisticsLost,
];
