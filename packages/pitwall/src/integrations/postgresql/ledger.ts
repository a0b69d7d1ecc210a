import type { Counter } from '../../model/ledger.ts';
import { OURS, type PostgresqlConnection } from './connection.ts';
import { type StatementCounts, StatementWatch } from './statements.ts';

/** pg_stat_database, by name, as JSON: newer versions have more columns. */
type DatabaseStatistics = Readonly<Record<string, unknown>>;

/**
 * A backend hands its counts to pg_stat_database at most once a second, while it works
 * (PGSTAT_MIN_INTERVAL in PostgreSQL's pgstat.c).
 */
const LAG = 1;

/** Since PostgreSQL 15 a session can be told to hand in its counts when its statement ends: then ours are all there. */
const FLUSH = { since: 150_000, sql: 'pg_stat_force_next_flush()::text' };

/** Cluster-wide: the write-ahead log is one for all databases. Not on a standby, which writes none of its own. */
const question = (
  flush: boolean,
): string => `${OURS} ${flush ? FLUSH.sql : "''"} AS flushed, to_jsonb(d) AS statistics, current_setting('block_size')::int AS block,
       current_setting('track_io_timing') = 'on' AS timed,
       CASE WHEN pg_is_in_recovery() THEN NULL
            ELSE pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 END AS wal
  FROM pg_stat_database d WHERE d.datname = current_database()`;

interface Row {
  readonly statistics: DatabaseStatistics;
  readonly block: number;
  readonly timed: boolean;
  readonly wal: number | null;
}

interface Watch {
  readonly question: string;
  readonly statements: StatementWatch;
  /** So many of our own transactions may have been taken off and not be counted yet. */
  readonly grain: number;
  /** As told last: what was told once is not taken back. */
  transactions: number;
  resetAt: unknown;
}

const watched = new WeakMap<PostgresqlConnection, Watch>();

/** What the database has used up so far. Pitwall's own transactions and statements are taken off; their time is told apart. */
export async function postgresqlLedger(connection: PostgresqlConnection): Promise<Counter[]> {
  const watch = watched.get(connection) ?? (await begin(connection));
  watched.set(connection, watch);
  const counts = await watch.statements.read();
  // Those that have ended: the one that asks is not among them yet.
  const own = { ...connection.own };
  const [row] = await connection.query<Row & Record<string, unknown>>(watch.question);
  return row ? countersOf(row, counts, own).map((counter) => settled(counter, row, watch)) : [];
}

async function begin(connection: PostgresqlConnection): Promise<Watch> {
  const [server] = await connection.query<{ version: number }>(
    `${OURS} current_setting('server_version_num')::int AS version`,
  );
  const flush = server!.version >= FLUSH.since;
  const statements = new StatementWatch(connection);
  // Asked for nothing: before, so that pg_stat_statements knows all of our statements when it is asked which they are; after,
  // so that as many of ours are still to be counted at the first reading as at those that follow.
  await connection.query(question(flush));
  await statements.read();
  await connection.query(question(flush));
  return {
    question: question(flush),
    statements,
    // A pooler's next question may go to another session, which has not handed in what was asked over it before.
    grain: flush && connection.own.brackets === 0 ? 0 : 4,
    transactions: Number.NEGATIVE_INFINITY,
    resetAt: undefined,
  };
}

const TRANSACTIONS = 'postgresql.transactions';

function settled(counter: Counter, { statistics }: Row, watch: Watch): Counter {
  if (counter.name !== TRANSACTIONS) return counter;
  const wasReset = statistics.stats_reset !== watch.resetAt;
  watch.resetAt = statistics.stats_reset;
  watch.transactions = wasReset ? counter.value : Math.max(watch.transactions, counter.value);
  return { ...counter, value: watch.transactions, grain: watch.grain };
}

function countersOf(
  { statistics, block, timed, wal }: Row,
  counts: StatementCounts | null,
  own: PostgresqlConnection['own'],
): Counter[] {
  const counter = (name: string, title: string, unit: Counter['unit'], value: number | null, lag: number): Counter[] =>
    value === null
      ? []
      : [{ name: `postgresql.${name}`, title, unit, labels: {}, value, ...(lag === 0 ? {} : { lag }) }];
  const of = (column: string, factor = 1): number | null => {
    const value = statistics[column];
    return typeof value === 'number' && Number.isFinite(value) ? value * factor : null;
  };
  const database = (name: string, title: string, unit: Counter['unit'], value: number | null) =>
    counter(name, title, unit, value, LAG);
  const [commits, rollbacks] = [of('xact_commit'), of('xact_rollback')];
  const transactions = commits === null || rollbacks === null ? null : commits + rollbacks - own.transactions;
  return [
    ...counter('statement.time', 'Time in statements', 's', counts?.seconds ?? null, 0),
    ...counter('statements', 'Statements, BEGIN and COMMIT among them', '{count}', counts?.calls ?? null, 0),
    ...database('time.active', 'Sessions at work', 's', of('active_time', 1e-3)),
    ...database(
      'time.idle-in-transaction',
      'Sessions idle in a transaction',
      's',
      of('idle_in_transaction_time', 1e-3),
    ),
    ...database('transactions', 'Transactions', '{count}', transactions),
    ...database('rows.returned', 'Rows read by scans', '{count}', of('tup_returned')),
    ...database('rows.fetched', 'Rows fetched through indexes', '{count}', of('tup_fetched')),
    ...database('rows.inserted', 'Rows inserted', '{count}', of('tup_inserted')),
    ...database('rows.updated', 'Rows updated', '{count}', of('tup_updated')),
    ...database('rows.deleted', 'Rows deleted', '{count}', of('tup_deleted')),
    ...database('blocks.hit', 'Found in shared buffers', 'By', of('blks_hit', block)),
    ...database('blocks.read', 'Read into shared buffers', 'By', of('blks_read', block)),
    ...database('temporary', 'Written to temporary files', 'By', of('temp_bytes')),
    ...(timed
      ? [
          ...database('time.read', 'Waiting for blocks to be read', 's', of('blk_read_time', 1e-3)),
          ...database('time.write', 'Waiting for blocks to be written', 's', of('blk_write_time', 1e-3)),
        ]
      : []),
    ...counter('wal', 'Write-ahead log, of the whole server', 'By', wal, 0),
    ...counter('own.time', "Pitwall's own questions to it, at most", 's', own.seconds, 0),
  ];
}
