import type { AdviseRequest, Statement, StatementSample, Workload } from '../../../model/database.ts';

/** A statement of a workload, as the collectors would tell it. */
export function statement(
  id: string,
  text: string,
  samples: readonly StatementSample['params'][],
  more: Partial<Statement> = {},
): Statement {
  return {
    id,
    text,
    kind: 'select',
    tables: [],
    calls: 1000,
    seconds: 10,
    planSeconds: null,
    maxSeconds: null,
    rows: null,
    io: null,
    callers: [],
    samples: samples.map((params) => ({ text, params, seconds: null })),
    sources: ['configured'],
    notUnderstood: null,
    ...more,
  };
}

function workloadOf(statements: readonly Statement[]): Workload {
  return { statements, window: 3600, sources: [], loops: [], snapshot: null };
}

export function request(statements: readonly Statement[], more: Partial<AdviseRequest> = {}): AdviseRequest {
  return { workload: workloadOf(statements), budget: 100e6, measure: false, seed: 1, ...more };
}

/** 200,000 orders of 20,000 customers, 1 % of them open; each statement that tests look for is slow on it without an index. */
export const SHOP = [
  `CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL, status text NOT NULL, created_at timestamptz NOT NULL,
                        total numeric(10, 2) NOT NULL, email text NOT NULL, note text)`,
  `INSERT INTO orders SELECT i, (i * 7919) % 20000, CASE WHEN i % 100 = 0 THEN 'open' ELSE 'done' END,
          timestamptz '2026-01-01' + (i * 37 % 200000) * interval '1 minute', i % 1000, 'User' || i || '@example.com', repeat('x', 80)
     FROM generate_series(1, 200000) i`,
  'ANALYZE orders',
];
