import { defineIntegration } from '../../model/define.ts';
import { advise } from './advise/index.ts';
import { role } from './collectors/role.ts';
import { readRunning } from './collectors/running.ts';
import { serverCollectors } from './collectors/server.ts';
import { status } from './collectors/status.ts';
import { structureCollectors } from './collectors/structure.ts';
import { workload } from './collectors/workload.ts';
import { columnPairs } from './confirmations/column-pairs.ts';
import { indexAdvice } from './confirmations/index-advice.ts';
import { measureBloat } from './confirmations/measure-bloat.ts';
import { runPlans } from './confirmations/run-plans.ts';
import { connectPostgresql, type PostgresqlConnection } from './connection.ts';
import { detect } from './detect.ts';
import { indicators } from './indicators.ts';
import { postgresqlLedger } from './ledger.ts';
import { beginMeans } from './meter/means.ts';
import { meter } from './meter.ts';
import { describeOptions, type PostgresqlOptions, postgresqlOptions } from './options.ts';
import { explainStatement } from './plan/explain.ts';
import { missingIndex } from './rules/missing-index.ts';
import { serverRules } from './rules/server.ts';
import { statementRules } from './rules/statements.ts';
import { structureRules } from './rules/structure.ts';
import { stateOf } from './state.ts';
import { tunables } from './tunables/list.ts';
import { readWorkload } from './workload/index.ts';
import { leaveOutOwnLoad, watchOwnLoad } from './workload/own-load.ts';
import { statementDetails } from './workload/statement-details.ts';

export default defineIntegration<PostgresqlOptions, PostgresqlConnection>({
  id: 'postgresql',
  title: 'PostgreSQL database',
  description: 'One database of a PostgreSQL server, read only: connections, size, and what a load costs it.',
  options: postgresqlOptions,
  targetTitle: describeOptions,
  detect,
  connect: (options, { directory }) => connectPostgresql(options, directory),
  close: (connection) => connection.close(),
  collectors: [status, role, workload, ...structureCollectors, ...serverCollectors],
  indicators,
  rules: [...serverRules, ...structureRules, ...statementRules, missingIndex],
  counters: (connection) => postgresqlLedger(connection),
  tunables,
  meter,
  beginMeter: beginMeans,
  database: {
    workload: readWorkload,
    explain: explainStatement,
    state: stateOf,
    running: (connection) => readRunning(connection),
    advise,
    details: statementDetails,
    asked: ({ own: { statements, seconds }, maxLoad }) => ({ statements, seconds, most: maxLoad() }),
    watchOwnLoad,
    leaveOutOwnLoad,
    limitLoad: (connection, share) => connection.limitLoad(share),
  },
  confirmations: [measureBloat, indexAdvice, runPlans, columnPairs],
});
