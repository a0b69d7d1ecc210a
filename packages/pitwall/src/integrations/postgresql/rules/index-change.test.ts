import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChangeDraft } from '../../../model/change.ts';
import { adviceRequest } from '../advise/contract.ts';
import type { EffectFact, IndexProposalFact } from '../facts/advice.ts';
import { fact } from '../facts/define.ts';
import type { StatementFact } from '../facts/statements.ts';
import { missingIndex } from './missing-index.ts';
import { found, run, table } from './structure-testing.ts';

function statement(text: string, tables: readonly string[], more: Partial<StatementFact> = {}): StatementFact {
  return {
    text,
    kind: 'select',
    tables,
    calls: 1000,
    seconds: 90,
    maxSeconds: 0.2,
    rows: 3000,
    read: null,
    cacheHit: null,
    tempWritten: null,
    callers: [],
    sources: ['statistics'],
    samples: 0,
    activity: null,
    notUnderstood: null,
    ...more,
  };
}

const effect = (id: string, more: Partial<EffectFact> = {}): EffectFact => ({
  statement: id,
  text: `statement ${id}`,
  calls: 10,
  planner: 0.1,
  measured: null,
  ...more,
});

const STATEMENTS: Readonly<Record<string, StatementFact>> = {
  counted: statement('SELECT 1 FROM orders', ['orders']),
  logged: statement('SELECT 2 FROM orders', ['orders'], { sources: ['statistics', 'log:/l'], samples: 3 }),
  write: statement('INSERT INTO orders', ['orders'], { kind: 'insert' }),
  other: statement('SELECT 1 FROM users', ['users']),
  otherLogged: statement('SELECT 2 FROM users', ['users'], { sources: ['file:/f'], samples: 1 }),
  qualified: statement('SELECT 3 FROM public.orders', ['public.orders']),
  strange: statement('?', [], { notUnderstood: 'no grammar' }),
};

function changeFor(statements: readonly EffectFact[], more: Partial<IndexProposalFact> = {}): ChangeDraft {
  const proposal: IndexProposalFact = {
    table: 'public.orders',
    subject: 'public.i',
    definition: '(a)',
    ddl: '',
    lock: '',
    bytes: null,
    buildSeconds: null,
    savedSeconds: null,
    because: 'It helps.',
    to: {},
    statements,
    writes: [],
    basis: { statements: [], sizes: [], version: null },
    ...more,
  };
  const facts = [
    fact('postgresql.workload', '', {
      window: 3600,
      statements: 7,
      calls: 1000,
      seconds: 90,
      read: null,
      tempWritten: null,
      sources: [],
      noStatistics: null,
      evictions: 0,
      most: 5000,
      notUnderstood: { statements: 0, seconds: 0 },
    }),
    fact('postgresql.server', '', {
      version: '15.18 (Debian)',
      standby: false,
      maxConnections: 100,
      trackIoTiming: true,
      statements: 10,
    }),
    table('orders'),
    ...Object.entries(STATEMENTS).map(([id, value]) => fact('postgresql.statement', id, value)),
    fact('postgresql.index-advice', adviceRequest().key, {
      proposals: [proposal],
      whatIf: 'HypoPG',
      nothingToDo: null,
      rejected: 0,
      notConsidered: 0,
      cost: { statements: 1, seconds: 1 },
    }),
  ];
  return found(run(missingIndex, facts))[0]!.changes![0]!;
}

const labelled = (draft: ChangeDraft, key: 'affects' | 'controls') =>
  draft[key]!.map(({ indicator, labels }) => `${indicator.replace('postgresql.statement.', '')} ${labels!.statement}`);

test('statements are proved by the application’s calls, or timed where real calls can be repeated', () => {
  const draft = changeFor([effect('counted'), effect('logged')]);
  assert.deepEqual(labelled(draft, 'affects'), ['mean counted', 'duration.p50 logged']);
  const by = draft.predictions!.map(({ measuredBy }) => measuredBy.map(({ indicator }) => indicator.split('.')[2]));
  assert.deepEqual(by, [['mean'], ['duration', 'mean']]);
  assert.equal(draft.basis!.version, 'PostgreSQL 15');
});

test('controls are statements of other tables only; timed ones only where something is timed', () => {
  assert.deepEqual(labelled(changeFor([effect('counted')]), 'controls'), ['mean other', 'mean otherLogged']);
  assert.deepEqual(labelled(changeFor([effect('logged')]), 'controls'), [
    'mean other',
    'mean otherLogged',
    'duration.p50 otherLogged',
  ]);
});

test('writes are measured and predicted, but need not improve; what is not helped is not promised', () => {
  const slower = { ratio: 1.2, low: 1.1, high: 1.3, rounds: 10 };
  const draft = changeFor([effect('counted'), effect('logged', { planner: 0.5, measured: slower })], {
    writes: [effect('write', { planner: null, measured: slower })],
  });
  assert.deepEqual(labelled(draft, 'affects'), ['mean counted']);
  assert.ok(JSON.stringify(draft.meter).includes('{"measure":"postgresql.statement.mean","statement":"write"}'));
  const [, write] = draft.predictions!;
  assert.deepEqual([write!.statement, write!.copy], ['write', { ratio: 1.2, interval: [1.1, 1.3] }]);
});
