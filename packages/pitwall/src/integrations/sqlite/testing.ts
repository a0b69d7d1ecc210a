/** What the tests of this integration share. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import type { CollectContext } from '../../model/integration.ts';
import type { Fact } from '../../model/observation.ts';
import type { Rule, RuleView } from '../../model/rule.ts';
import { openConnection, type SqliteConnection } from './connection.ts';
import { type SqliteOptions, sqliteOptions } from './options.ts';

/** A folder that is gone after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pitwall-sqlite-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A database file with these statements run, closed again. */
export function databaseWith(t: TestContext, sql: string, name = 'test.db'): string {
  const path = join(temporaryFolder(t), name);
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
  return path;
}

/** Devices and their orders: what the rules are about, in a shape that the planner decides plainly. */
export const SHOP = `
  CREATE TABLE devices (id INTEGER PRIMARY KEY, site TEXT NOT NULL);
  CREATE TABLE orders (id INTEGER PRIMARY KEY, device_id INTEGER REFERENCES devices (id), status TEXT, created_at INTEGER, note TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) INSERT INTO devices SELECT i, 'site ' || i % 7 FROM n;
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    INSERT INTO orders SELECT i, 1 + i % 200, CASE WHEN i % 50 = 0 THEN 'open' ELSE 'done' END, i * 37 % 20011, 'order ' || i FROM n;
`;

export function connect(t: TestContext, path: string, options: Record<string, unknown> = {}): SqliteConnection {
  const connection = openConnection(sqliteOptions.parse({ path, ...options }) as SqliteOptions, '/');
  t.after(() => connection.close());
  return connection;
}

export function collectContext(signal = new AbortController().signal): CollectContext {
  const environment = { proc: '/proc', sys: '/sys', now: () => 1_800_000_000, sleep: async () => {} };
  return { environment, signal, window: 0 };
}

/** A rule's view of these facts, with the rule's own thresholds. */
export function viewOf(
  rule: Rule,
  facts: readonly Fact[],
  { others = [], thresholds = {} }: { others?: readonly Fact[]; thresholds?: Record<string, number> } = {},
): RuleView {
  // As in a run: a rule sees only the kinds that it declares.
  const declared = new Set([...(rule.meta.needs.facts ?? []), ...(rule.meta.uses?.facts ?? [])]);
  const ofKind = (from: readonly Fact[], kind: string) => {
    if (!declared.has(kind)) throw new Error(`undeclared kind of fact ${kind}`);
    return from.filter((fact) => fact.kind === kind);
  };
  return {
    target: { id: 'db', integration: 'sqlite', title: 'test.db' },
    facts: (kind) => ofKind(facts, kind),
    allFacts: (kind) => ofKind([...facts, ...others], kind),
    indicators: () => [],
    threshold(name) {
      const value = thresholds[name] ?? rule.meta.thresholds[name]?.value;
      if (value === undefined) throw new Error(`undeclared threshold ${name}`);
      return value;
    },
  };
}
