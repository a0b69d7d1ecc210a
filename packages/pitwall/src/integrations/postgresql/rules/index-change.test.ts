import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChangeDraft } from '../../../model/change.ts';
import type { Fact } from '../../../model/observation.ts';
import { adviceRequest } from '../advise/contract.ts';
import type { EffectFact, IndexProposalFact } from '../facts/advice.ts';
import { fact } from '../facts/define.ts';
import type { StatementFact } from '../facts/statements.ts';
import { nameOf } from '../identifiers.ts';
import { isElsewhere } from './index-change.ts';
import { missingIndex } from './missing-index.ts';
import { statement, workload } from './statement-testing.ts';
import { found, run, table } from './structure-testing.ts';

const effect = (id: string, more: Partial<EffectFact> = {}): EffectFact => ({
  statement: id,
  text: `statement ${id}`,
  calls: 10,
  planner: 0.1,
  measured: null,
  ...more,
});

const STATEMENTS: readonly Fact[] = [
  statement('counted'),
  statement('logged', { sources: ['statistics', 'log:/l'], samples: 3 }),
  statement('write', { kind: 'insert' }),
  statement('other', { tables: ['users'] }),
  statement('otherLogged', { tables: ['users'], sources: ['file:/f'], samples: 1 }),
  statement('qualified', { tables: ['public.orders'] }),
  statement('strange', { tables: [], notUnderstood: 'no grammar' }),
];

function changeFor(statements: readonly EffectFact[], more: Partial<IndexProposalFact> = {}): ChangeDraft {
  const proposal: IndexProposalFact = {
    table: 'public.orders',
    subject: 'public.i',
    definition: '(a)',
    ddl: '',
    lock: 'SHARE UPDATE EXCLUSIVE',
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
    workload(),
    fact('postgresql.server', '', {
      version: '15.18 (Debian)',
      standby: false,
      maxConnections: 100,
      trackIoTiming: true,
      statements: 10,
    }),
    table('orders'),
    ...STATEMENTS,
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
  assert.equal(draft.lock, 'SHARE UPDATE EXCLUSIVE');
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

test('a name with dots, quotes and capitals is one name: its statements are no controls', () => {
  const table = nameOf('we.ird', 'My.Table "x"');
  const one = (tables: readonly string[]) => ({ tables, notUnderstood: null }) as StatementFact;
  for (const tables of [[table], [nameOf('My.Table "x"')], ['other', table]]) {
    assert.equal(isElsewhere(one(tables), table), false, tables.join());
  }
  for (const tables of [['Table "x"'], [nameOf('ird', 'My.Table "x"')], ['x'], [nameOf('we.ird', 'Table')]]) {
    assert.equal(isElsewhere(one(tables), table), true, tables.join());
  }
  assert.equal(isElsewhere(one([]), table), false, 'nothing is known of it');
});
