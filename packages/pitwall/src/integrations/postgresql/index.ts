import { defineIntegration } from '../../model/define.ts';
import { status } from './collectors/status.ts';
import { connectPostgresql, type PostgresqlConnection } from './connection.ts';
import { detect } from './detect.ts';
import { indicators } from './indicators.ts';
import { postgresqlLedger } from './ledger.ts';
import { describeOptions, type PostgresqlOptions, postgresqlOptions } from './options.ts';

export default defineIntegration<PostgresqlOptions, PostgresqlConnection>({
  id: 'postgresql',
  title: 'PostgreSQL database',
  description: 'One database of a PostgreSQL server, read only: connections, size, and what a load costs it.',
  options: postgresqlOptions,
  targetTitle: describeOptions,
  detect,
  connect: (options, { directory }) => connectPostgresql(options, directory),
  close: (connection) => connection.close(),
  collectors: [status],
  indicators,
  rules: [],
  counters: (connection) => postgresqlLedger(connection),
  tunables: [],
  confirmations: [],
});
