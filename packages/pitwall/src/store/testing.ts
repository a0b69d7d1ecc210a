/** Records to store, for the tests of stores. */

import type { Change, JournalEntry, Outcome } from '../model/change.ts';
import type { Observation, Sample } from '../model/observation.ts';
import type { Report } from '../model/report.ts';

export const TARGET = { id: 'db', integration: 'sqlite', title: 'data/vending.db' } as const;

export const CHANGE: Change = {
  id: 'p1-c1',
  target: 'db',
  tunable: 'sqlite/index',
  subject: 'idx_orders_device',
  to: { sql: 'CREATE INDEX "idx_ä" ON "orders" ("device_id")' },
  from: null,
  reason: 'a scan of 1 000 000 rows',
  affects: [{ indicator: 'sqlite.query.duration.p95', labels: { query: 'open-orders' } }],
  rules: ['sqlite/missing-index'],
  effect: 'now',
  risk: 'low',
  needsRestart: false,
  preview: { apply: 'CREATE INDEX …', undo: 'DROP INDEX …' },
};

export function journalEntry(id: string, extra: Partial<JournalEntry> = {}): JournalEntry {
  return {
    id,
    planId: 'p1',
    sequence: 1,
    change: { ...CHANGE, id },
    connection: { path: 'data/vending.db', password: `\${env:DB_PASSWORD}` },
    integration: 'sqlite',
    original: { state: null, captured: null },
    written: null,
    state: 'intent',
    bootId: '0b4c7a3e',
    pid: 4711,
    createdAt: '2026-01-02T03:04:05.000Z',
    updatedAt: '2026-01-02T03:04:05.000Z',
    ...extra,
  };
}

const OUTCOME: Outcome = {
  change: CHANGE,
  journalId: 'p1-c1',
  verdict: 'improved',
  decision: 'kept',
  because: 'it helped',
  design: 'repeated',
  comparisons: [],
  ratio: 0.1,
  interval: [0.09, 0.11],
  blocks: 6,
  noiseFloor: 0.04,
};

/** `minute` orders runs in time. */
export function report(id: string, minute = 0, command = 'check'): Report {
  const at = new Date(Date.UTC(2026, 0, 2, 3, minute)).toISOString();
  return {
    schemaVersion: 1,
    run: {
      id,
      command,
      service: 'vending',
      startedAt: at,
      finishedAt: at,
      pitwallVersion: '0.1.0',
      nodeVersion: '24.0.0',
      host: { name: 'host', cpus: 2, memoryBytes: 4e9, kernel: '6.1' },
    },
    targets: [TARGET],
    indicators: [],
    verdicts: [],
    findings: [
      {
        rule: 'sqlite/missing-index',
        target: 'db',
        subject: 'orders',
        summary: 'open-orders reads the whole table “orders”',
        severity: 'warning',
        confidence: 'high',
        evidence: [{ label: 'rows', value: 1_000_000 }],
      },
    ],
    rules: [],
    recommendations: [
      {
        id: 'r1',
        target: 'db',
        title: 'Create an index',
        rules: ['sqlite/missing-index'],
        subjects: ['orders'],
        severity: 'warning',
        confidence: 'high',
        score: 1,
        changes: [],
        status: 'open',
      },
    ],
    outcomes: [OUTCOME],
    load: null,
    loadBefore: null,
    gaps: [],
    collectors: [],
    cost: { wallSeconds: 1, cpuSeconds: 0.5, maxRssBytes: 1e8 },
  };
}

export function observation(samples: readonly Sample[]): Observation {
  return {
    target: TARGET,
    collector: 'sqlite/queries',
    startedAt: 1000,
    finishedAt: 1001,
    samples,
    facts: [{ kind: 'sqlite.table', key: 'orders', value: { rows: 1_000_000 } }],
    gaps: [],
    cost: { wallSeconds: 1, cpuSeconds: 0.1 },
  };
}
