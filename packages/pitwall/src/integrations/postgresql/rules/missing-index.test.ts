import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fact } from '../../../model/observation.ts';
import { adviceRequest } from '../advise/contract.ts';
import type { EffectFact, IndexProposalFact } from '../facts/advice.ts';
import { fact } from '../facts/define.ts';
import { nameOf } from '../identifiers.ts';
import { missingIndex } from './missing-index.ts';
import { statement, workload } from './statement-testing.ts';
import { found, run, table } from './structure-testing.ts';

const STATEMENT = statement('f1', { samples: 3 });

function facts(scans: { rows: number; seqScans: number; seqRowsRead: number }, more: readonly Fact[] = []): Fact[] {
  const { rows, seqScans, seqRowsRead } = scans;
  return [workload(), STATEMENT, table('orders', { rows, liveRows: rows, seqScans, seqRowsRead }), ...more];
}

function advice(effect: Partial<EffectFact> | null): Fact {
  const proposal: IndexProposalFact = {
    table: 'public.orders',
    subject: 'public.pitwall_orders_customer_id',
    definition: '(customer_id)',
    ddl: 'CREATE INDEX CONCURRENTLY …',
    lock: 'SHARE UPDATE EXCLUSIVE',
    bytes: 2 ** 20,
    buildSeconds: 3,
    savedSeconds: 80,
    because: 'One statement finds its rows through it.',
    to: { table: { schema: 'public', name: 'orders' } },
    statements: [
      {
        statement: 'f1',
        text: 'SELECT * FROM orders WHERE customer_id = $1',
        calls: 1000,
        planner: null,
        measured: null,
        ...effect,
      },
    ],
    writes: [],
    basis: null,
  };
  return fact('postgresql.index-advice', adviceRequest().key, {
    proposals: effect === null ? [] : [proposal],
    whatIf: 'HypoPG 1.3.1',
    nothingToDo: effect === null ? 'The indexes that exist serve the workload.' : null,
    rejected: 3,
    notConsidered: 0,
    cost: { statements: 100, seconds: 1 },
  });
}

const SCANNED = { rows: 200_000, seqScans: 1000, seqRowsRead: 200_000_000 };

test('a large table that is read in full: asks once, and says that it is a suspicion', () => {
  const [finding, ...more] = found(run(missingIndex, facts(SCANNED)));
  assert.deepEqual(more, []);
  assert.equal(finding!.confidence, 'low');
  assert.deepEqual(finding!.confirm, adviceRequest());
  assert.equal(finding!.changes, undefined);
});

test('silent on small tables, tables that are not read in full, and without statements on them', () => {
  const clear = (scans: typeof SCANNED) => run(missingIndex, facts(scans));
  assert.ok('clear' in clear({ ...SCANNED, rows: 500, seqRowsRead: 500_000 }));
  assert.ok('clear' in clear({ ...SCANNED, seqScans: 0, seqRowsRead: 0 }));
  assert.ok('clear' in clear({ ...SCANNED, seqRowsRead: 5000 }));
  const others = facts(SCANNED).filter(({ kind }) => kind !== 'postgresql.statement');
  assert.ok('clear' in run(missingIndex, others));
});

test('confidence: high only when measured; the planner alone is medium at a tenth, else low', () => {
  const confidence = (effect: Partial<EffectFact>) =>
    found(run(missingIndex, facts(SCANNED, [advice(effect)])))[0]!.confidence;
  assert.equal(confidence({ planner: 0.01, measured: { ratio: 0.02, low: 0.01, high: 0.03, rounds: 10 } }), 'high');
  assert.equal(confidence({ planner: 0.01 }), 'medium');
  assert.equal(confidence({ planner: 0.4 }), 'low');
  assert.equal(confidence({ planner: 0.4, measured: { ratio: 0.9, low: 0.7, high: 1.2, rounds: 10 } }), 'low');
});

test('the change is the advisor’s, with what it is measured by', () => {
  const effect = { planner: 0.01, measured: { ratio: 0.02, low: 0.015, high: 0.03, rounds: 10 } };
  const [finding] = found(run(missingIndex, facts(SCANNED, [advice(effect)])));
  const [change] = finding!.changes!;
  assert.equal(change!.tunable, 'postgresql/index');
  assert.equal(change!.subject, 'public.pitwall_orders_customer_id');
  assert.equal(change!.predictedRatio, 0.02);
  assert.equal(change!.expectedWriteSeconds, 3);
  assert.deepEqual(change!.affects, [{ indicator: 'postgresql.statement.mean', labels: { statement: 'f1' } }]);
  assert.deepEqual(change!.meter, [{ measure: 'postgresql.statement.mean', statement: 'f1' }]);
  assert.match(finding!.summary, /50 times faster \(95 %: 33 to 67\)/);
});

test('nothing to do is an answer, with its reason', () => {
  const result = run(missingIndex, facts(SCANNED, [advice(null)]));
  assert.deepEqual(result, { clear: 'The indexes that exist serve the workload.' });
});

test('statements of a file are asked about, though nothing has counted them yet', () => {
  const fromFile = (sources: readonly string[]) =>
    run(missingIndex, [
      ...facts({ rows: 200_000, seqScans: 0, seqRowsRead: 0 }).filter(({ kind }) => kind !== 'postgresql.statement'),
      statement('f1', { samples: 3, sources }),
    ]);
  assert.deepEqual(found(fromFile(['file:/shop.sql']))[0]!.confirm, adviceRequest());
  assert.ok('clear' in fromFile(['statistics', 'file:/shop.sql']));
});

test('counters of a few minutes, or of a few calls, say nothing; a few long calls do, and so do files', () => {
  const counted = (more: Parameters<typeof workload>[0], sources = ['statistics'], others: readonly Fact[] = []) =>
    run(missingIndex, [
      workload(more),
      statement('f1', { samples: 3, sources }),
      table('orders', { seqScans: 1000, seqRowsRead: 200_000_000 }),
      ...others,
    ]);
  const young = counted({ window: 599 });
  assert.match(
    'notYet' in young ? young.notYet : '',
    /^statements have been counted for 9 minutes, and .* takes 10 minutes \(minimumWindow\)$/,
  );
  // An answer of an earlier run does not make them older.
  assert.ok('notYet' in counted({ window: 599 }, ['statistics'], [advice({ planner: 0.01 })]));
  assert.ok('found' in counted({ window: 600 }));
  const few = counted({ calls: 1, seconds: 9 });
  assert.match(
    'notYet' in few ? few.notYet : '',
    /^1 call of statements was counted, and .* 100 calls \(minimumCalls\)$/,
  );
  assert.ok('found' in counted({ calls: 1, seconds: 10 }));
  assert.ok('found' in counted({ calls: 100, seconds: 1 }));
  assert.ok('found' in counted({ window: 1, calls: 1, seconds: 1 }, ['file:/shop.sql']));
  assert.ok('found' in counted({ window: null, calls: 1, seconds: null }, ['file:/shop.sql']));
});

test('a table whose name has dots, quotes and capitals is known by its statements', () => {
  const odd = { schema: 'we.ird', name: 'My.Table "x"', seqScans: 1000, seqRowsRead: 200_000_000 };
  const of = (name: string) => run(missingIndex, [workload(), statement('f1', { tables: [name] }), oddTable]);
  const oddTable = { ...table('x', odd), key: nameOf(odd.schema, odd.name) };
  assert.ok('found' in of(nameOf(odd.schema, odd.name)));
  assert.ok('found' in of(nameOf(odd.name)));
  assert.ok('clear' in of('"x'));
});
