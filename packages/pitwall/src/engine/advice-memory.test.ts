import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { recommend } from '../diagnose/recommend.ts';
import type { Basis, Change, ChangeDraft, Outcome } from '../model/change.ts';
import type { IndexAdvice } from '../model/database.ts';
import type { Recommendation } from '../model/recommendation.ts';
import type { Store } from '../model/store.ts';
import { openStore } from '../store/sqlite.ts';
import { dismissAdvice, rememberOutcome, rememberTakenBack, reopenAdvice, withStatus } from './advice-memory.ts';
import { rememberedAdvice } from './db/remembered.ts';

const BASIS: Basis = {
  statements: [{ statement: 'a', text: 'SELECT 1', helped: true, share: 0.5, load: null }],
  sizes: [{ what: 'rows of orders', value: 1000 }],
  version: 'PostgreSQL 15',
};
const DRAFT: ChangeDraft = {
  tunable: 'postgresql/index',
  subject: 'public.i',
  to: { keys: ['a'] },
  reason: 'it helps',
  affects: [{ indicator: 'postgresql.statement.mean', labels: { statement: 'a' } }],
  predictedRatio: 0.3,
  basis: BASIS,
};
const DAY = 24 * 3600 * 1000;
const THEN = new Date('2026-11-01T12:00:00Z');
const later = (days: number) => new Date(THEN.getTime() + days * DAY);

function recommendation(draft: Partial<ChangeDraft> = {}): Recommendation {
  const [made] = recommend(
    [
      {
        rule: 'postgresql/missing-index',
        target: 'db',
        subject: 'public.i',
        summary: 'an index helps',
        severity: 'warning',
        confidence: 'medium',
        evidence: [],
        changes: [{ ...DRAFT, ...draft }],
      },
    ],
    [],
  );
  return made!;
}

function outcome(more: Partial<Outcome> = {}): Outcome {
  const change = { ...DRAFT, id: 'c1', target: 'db', rules: [], from: null } as unknown as Change;
  return {
    change,
    journalId: 'p1-c1',
    verdict: 'unchanged',
    decision: 'rolled-back',
    because: 'It is the same within the tolerance.',
    design: 'repeated',
    comparisons: [],
    ratio: 0.98,
    interval: [0.95, 1.01],
    blocks: 6,
    noiseFloor: 0.02,
    ...more,
  };
}

async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pitwall-memory-'));
  const store = await openStore(folder);
  try {
    await work(store);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const seen = async (store: Store, draft: Partial<ChangeDraft> = {}, days = 1) =>
  (await withStatus([recommendation(draft)], store, later(days)))[0]!;

test('what was tried without gain is closed, with the figures, until something it rests on changes', () =>
  withStore(async (store) => {
    assert.equal((await seen(store)).past, undefined);
    await rememberOutcome(store, outcome(), false, THEN);
    const closed = await seen(store);
    assert.equal(closed.status, 'rolled-back');
    assert.equal(closed.past!.text, 'tried on 2026-11-01: 0.98× (95 %: 0.95–1.01), taken back');
    assert.deepEqual(closed.past!.newEvidence, []);

    const grown = await seen(store, { basis: { ...BASIS, sizes: [{ what: 'rows of orders', value: 2000 }] } });
    assert.equal(grown.status, 'open');
    assert.deepEqual(grown.past!.newEvidence, ['rows of orders: 1,000 have become 2,000']);
    assert.equal((await seen(store, {}, 90)).status, 'rolled-back');
    assert.equal((await seen(store, {}, 91)).status, 'open');
    const other = await seen(store, { to: { keys: ['a', 'b'] } });
    assert.deepEqual([other.status, other.past], ['open', undefined], 'another definition is another change');
  }));

test('a second trial without gain closes it again, on what it rests on then', () =>
  withStore(async (store) => {
    await rememberOutcome(store, outcome(), false, THEN);
    const basis = { ...BASIS, sizes: [{ what: 'rows of orders', value: 2000 }] };
    await rememberOutcome(store, outcome({ change: { ...outcome().change, basis } }), false, later(2));
    assert.equal((await seen(store, { basis }, 3)).status, 'rolled-back');
  }));

test('a regression says what regressed', () =>
  withStore(async (store) => {
    const regressed = { verdict: 'regressed', because: 'The inserts at 1.40 × regressed.' } as const;
    await rememberOutcome(store, outcome(regressed), false, THEN);
    assert.match((await seen(store)).past!.text, /taken back \(The inserts at 1\.40 × regressed\)$/);
  }));

test('a trial that could not tell is worth one more; one that refutes what was promised is not', () =>
  withStore(async (store) => {
    const unsure = outcome({ verdict: 'inconclusive', ratio: 0.7, interval: [0.2, 1.4] });
    await rememberOutcome(store, unsure, false, THEN);
    assert.equal((await seen(store)).status, 'open');
    await rememberOutcome(store, unsure, false, later(1));
    assert.equal((await seen(store, {}, 2)).status, 'rolled-back');
    await rememberOutcome(store, outcome({ verdict: 'inconclusive', ratio: null, interval: null }), false, later(2));
    assert.equal((await seen(store, {}, 3)).status, 'rolled-back');
  }));

test('an interval without the promised gain closes it at once, also when it is not decided', () =>
  withStore(async (store) => {
    await rememberOutcome(store, outcome({ verdict: 'inconclusive', interval: [0.9, 1.1] }), false, THEN);
    assert.equal((await seen(store)).status, 'rolled-back');
  }));

test('what is done again and again stays open; so does what was kept, and what was kept and taken back by hand', () =>
  withStore(async (store) => {
    await rememberOutcome(store, outcome(), true, THEN);
    assert.equal((await seen(store)).status, 'open');
    const kept = outcome({ decision: 'kept', verdict: 'improved', ratio: 0.012, interval: [0.01, 0.02] });
    await rememberOutcome(store, kept, false, THEN);
    assert.deepEqual(
      [(await seen(store)).status, (await seen(store)).past!.text],
      ['open', 'tried on 2026-11-01: 0.012× (95 %: 0.010–0.020), kept'],
    );
    await rememberTakenBack(store, kept.change, later(3));
    assert.match((await seen(store, {}, 4)).past!.text, /kept, taken back by hand on 2026-11-04$/);
    assert.equal((await seen(store, {}, 4)).status, 'open');
  }));

test('dismissed: closed with the reason until there is new evidence, and open again when reopened', () =>
  withStore(async (store) => {
    await dismissAdvice(store, recommendation(), 'the table\u001b[2J goes away', THEN);
    const dismissed = await seen(store);
    assert.equal(dismissed.status, 'dismissed');
    assert.match(dismissed.past!.text, /^dismissed on 2026-11-01: the table/);
    assert.ok(!dismissed.past!.text.includes('\u001b'));
    assert.equal((await seen(store, { basis: { ...BASIS, version: 'PostgreSQL 18' } })).status, 'open');
    await reopenAdvice(store, recommendation());
    assert.deepEqual([(await seen(store)).status, (await seen(store)).past], ['open', undefined]);

    await rememberOutcome(store, outcome(), false, THEN);
    await reopenAdvice(store, recommendation());
    assert.equal((await seen(store)).status, 'open', 'a trial without gain does not stand in the way any more');
    await rememberOutcome(store, outcome(), false, later(1));
    assert.equal((await seen(store, {}, 2)).status, 'rolled-back', 'until the next one');
  }));

test('advice on indexes: tried ones are rejected with the figures, others say what was measured in place', () =>
  withStore(async (store) => {
    const proposal = {
      action: 'create',
      name: 'i',
      table: 'public.orders',
      definition: '(a)',
      statements: [
        { statement: 'a', text: 'SELECT 1', calls: 1, planner: null, measured: null, inPlace: null },
        { statement: 'b', text: 'SELECT 2', calls: 1, planner: null, measured: null, inPlace: null },
      ],
      writes: [],
      change: { tunable: DRAFT.tunable, subject: DRAFT.subject, to: DRAFT.to, basis: BASIS },
    };
    const advice = { proposals: [proposal], rejected: [], nothingToDo: null } as unknown as IndexAdvice;
    assert.deepEqual((await rememberedAdvice(store, 'db', advice)).proposals, advice.proposals);
    const measured = { ratio: 0.98, interval: [0.95, 1.01], before: 2, after: 1.96, blocks: 6 } as const;
    const effects = [
      { statement: 'a', text: '', planner: 0.1, copy: null, measuredBy: [], inPlace: measured, signRight: null },
    ];
    await rememberOutcome(store, outcome({ effects }), false);
    const closed = await rememberedAdvice(store, 'db', advice);
    assert.deepEqual(closed.proposals, []);
    assert.match(closed.rejected[0]!.because, /^tried on .* 0\.98× .*not proposed again, because nothing has changed/);
    assert.ok(closed.nothingToDo);

    const grown = { ...BASIS, sizes: [{ what: 'rows of orders', value: 5000 }] };
    const again = { ...proposal, change: { ...proposal.change, basis: grown } };
    const open = await rememberedAdvice(store, 'db', { ...advice, proposals: [again] } as unknown as IndexAdvice);
    const [first, second] = open.proposals[0]!.statements;
    assert.deepEqual(first!.inPlace, { before: 2, after: 1.96, ratio: 0.98, interval: [0.95, 1.01], rounds: 6 });
    assert.equal(second!.inPlace, null);
    assert.equal(open.proposals[0]!.past!.newEvidence.length, 1);
    assert.equal(
      (await rememberedAdvice(store, 'other', advice)).proposals.length,
      1,
      'another target is another matter',
    );
  }));
