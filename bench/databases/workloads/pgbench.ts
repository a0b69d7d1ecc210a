/**
 * The tables and statements of pgbench, PostgreSQL's own bench: the five of its default (TPC-B-like) and its select-only one.
 * Made by Debian's pgbench where it is installed, else with the same statements. There is nothing to improve: every table is
 * read by its primary key. https://www.postgresql.org/docs/15/pgbench.html
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Draws, sets } from '../draws.ts';
import type { BenchStatement, Value, WorkloadDefinition } from '../types.ts';

/** pgbench's scale factor at scale 1: 1.5 million accounts. */
const FACTOR = 15;
const ACCOUNTS = 100_000;
const TELLERS = 10;

const factor = (scale: number): number => Math.max(1, Math.round(FACTOR * scale));

export const pgbench: WorkloadDefinition = {
  id: 'pgbench',
  title: 'pgbench (TPC-B-like and select-only)',
  engines: ['postgresql'],
  cap: 5,
  async load(target, scale) {
    const program = binary();
    if (program !== null) {
      execFileSync(program, ['--initialize', '--quiet', `--scale=${factor(scale)}`, target.location], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      return;
    }
    await target.exec(initial(factor(scale)));
  },
  statements: (_engine, scale) => statements(factor(scale)),
};

function binary(): string | null {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root) : [];
  return versions.map((version) => join(root, version, 'bin', 'pgbench')).find((file) => existsSync(file)) ?? null;
}

function initial(n: number): string {
  return `
    CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
    CREATE TABLE pgbench_tellers (tid int NOT NULL, bid int, tbalance int, filler char(84)) WITH (fillfactor = 100);
    CREATE TABLE pgbench_accounts (aid int NOT NULL, bid int, abalance int, filler char(84)) WITH (fillfactor = 100);
    CREATE TABLE pgbench_branches (bid int NOT NULL, bbalance int, filler char(88)) WITH (fillfactor = 100);
    INSERT INTO pgbench_branches (bid, bbalance) SELECT i, 0 FROM generate_series(1, ${n}) AS i;
    INSERT INTO pgbench_tellers (tid, bid, tbalance)
      SELECT i, (i - 1) / ${TELLERS} + 1, 0 FROM generate_series(1, ${n * TELLERS}) AS i;
    INSERT INTO pgbench_accounts SELECT i, (i - 1) / ${ACCOUNTS} + 1, 0, '' FROM generate_series(1, ${n * ACCOUNTS}) AS i;
    ALTER TABLE pgbench_branches ADD PRIMARY KEY (bid);
    ALTER TABLE pgbench_tellers ADD PRIMARY KEY (tid);
    ALTER TABLE pgbench_accounts ADD PRIMARY KEY (aid);`;
}

function statements(n: number): readonly BenchStatement[] {
  const account = (d: Draws): number => d.whole(1, n * ACCOUNTS);
  const teller = (d: Draws): number => d.whole(1, n * TELLERS);
  const branch = (d: Draws): number => d.whole(1, n);
  const delta = (d: Draws): number => d.whole(-5000, 5000);
  const all: readonly (readonly [
    name: string,
    kind: BenchStatement['kind'],
    calls: number,
    text: string,
    make: (d: Draws) => readonly Value[],
  ])[] = [
    [
      'update-account',
      'update',
      1000,
      'UPDATE pgbench_accounts SET abalance = abalance + $1 WHERE aid = $2',
      (d) => [delta(d), account(d)],
    ],
    ['balance', 'select', 4000, 'SELECT abalance FROM pgbench_accounts WHERE aid = $1', (d) => [account(d)]],
    [
      'update-teller',
      'update',
      1000,
      'UPDATE pgbench_tellers SET tbalance = tbalance + $1 WHERE tid = $2',
      (d) => [delta(d), teller(d)],
    ],
    [
      'update-branch',
      'update',
      1000,
      'UPDATE pgbench_branches SET bbalance = bbalance + $1 WHERE bid = $2',
      (d) => [delta(d), branch(d)],
    ],
    [
      'history',
      'insert',
      1000,
      'INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES ($1, $2, $3, $4, CURRENT_TIMESTAMP)',
      (d) => [teller(d), branch(d), account(d), delta(d)],
    ],
  ];
  return all.map(([name, kind, calls, text, make], i) => ({
    name,
    kind,
    text,
    calls,
    endpoint: null,
    params: sets(kind === 'select' ? 4 : 40, 300 + i, make),
  }));
}
