import { DatabaseSync } from 'node:sqlite';
import type { Json } from '../../../model/json.ts';

/** One change to try a tunable with, on a target of its own. */
interface ConformanceCase {
  readonly tunable: string;
  readonly title: string;
  readonly subject: string;
  readonly to: Json;
  /** Makes the target in an empty folder and returns the options to connect with. */
  setUp(directory: string): Json;
}

const SCHEMA = `
  CREATE TABLE devices (id INTEGER PRIMARY KEY, "serial number" TEXT NOT NULL UNIQUE, area TEXT);
  CREATE TABLE orders (id INTEGER PRIMARY KEY, device INTEGER REFERENCES devices, state TEXT, at REAL);
  CREATE INDEX   orders_state on orders (state COLLATE nocase, at DESC) WHERE state <> 'done';
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
  INSERT INTO devices SELECT i, 'S' || i, 'area ' || i % 5 FROM n;
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
  INSERT INTO orders SELECT i, 1 + i % 50, iif(i % 7, 'done', 'open'), i * 1.5 FROM n;
`;

function database(extra = ''): (directory: string) => Json {
  return (directory) => {
    const file = new DatabaseSync(`${directory}/test.db`);
    file.exec(`${SCHEMA}${extra}`);
    file.close();
    return { path: `${directory}/test.db`, busyTimeout: 0.2 };
  };
}

/** What the conformance suite (test/conformance/tunables.test.ts) tries with these tunables. */
export const conformance: readonly ConformanceCase[] = [
  {
    tunable: 'sqlite/index',
    title: 'create',
    subject: 'orders "by" device',
    to: { table: 'orders', columns: [{ name: 'device' }, { name: 'at', desc: true }] },
    setUp: database(),
  },
  {
    tunable: 'sqlite/index',
    title: 'create on an expression and for a part of the rows',
    subject: 'orders_open_by_hour',
    to: {
      table: 'orders',
      columns: [{ expression: 'device % 10', desc: true }, { name: 'at' }],
      where: "state <> 'done' AND at IS NOT NULL",
    },
    setUp: database('ANALYZE'),
  },
  { tunable: 'sqlite/index', title: 'drop', subject: 'orders_state', to: null, setUp: database('ANALYZE') },
  { tunable: 'sqlite/journal-mode', title: 'to WAL', subject: '', to: 'wal', setUp: database() },
  {
    tunable: 'sqlite/journal-mode',
    title: 'from WAL',
    subject: '',
    to: 'delete',
    setUp: database('PRAGMA journal_mode = wal'),
  },
  { tunable: 'sqlite/statistics', title: 'first', subject: '', to: { analyze: true }, setUp: database() },
  {
    tunable: 'sqlite/statistics',
    title: 'renewed, of a sample',
    subject: '',
    to: { analyze: true, analysisLimit: 100 },
    setUp: database(
      "ANALYZE; UPDATE sqlite_stat1 SET stat = '7 7' WHERE tbl = 'orders'; DELETE FROM orders WHERE id > 9",
    ),
  },
  {
    tunable: 'sqlite/auto-vacuum',
    title: 'none to incremental',
    subject: '',
    to: { autoVacuum: 'incremental', vacuum: true },
    setUp: database('DELETE FROM orders WHERE id > 100'),
  },
  {
    tunable: 'sqlite/auto-vacuum',
    title: 'of a database in WAL mode',
    subject: '',
    to: { autoVacuum: 'full', vacuum: true },
    setUp: database('PRAGMA journal_mode = wal; DELETE FROM orders WHERE id > 100'),
  },
];
