import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { PitwallError } from '../errors.ts';
import type { ChangeDraft, Plan } from '../model/change.ts';
import { defineTunable } from '../model/define.ts';
import type { AnyIntegration, Tunable } from '../model/integration.ts';
import type { Json } from '../model/json.ts';
import type { Recommendation } from '../model/recommendation.ts';
import { makePlan } from './plan.ts';
import { parsePlan } from './plan-file.ts';

const state: Record<string, Json> = {};

function knob(name: string, meta: Partial<Tunable['meta']> = {}, more: Partial<Tunable<null>> = {}): Tunable<null> {
  return defineTunable<null>({
    id: `kit/${name}`,
    meta: {
      title: '',
      why: '',
      effect: 'now',
      persistence: 'durable',
      risk: 'low',
      locks: '',
      undo: '',
      toggles: true,
      sources: [],
      ...meta,
    },
    to: z.string().min(1),
    read: async (_connection, { subject }) => state[subject] ?? null,
    achieved: (now, { to }) => now === to,
    preview: ({ subject, to }, from) => ({ apply: `${subject} = ${to}`, undo: `${subject} = ${from}` }),
    validate: async (_connection, { subject }) => {
      if (subject === 'refused') throw new PitwallError('CHANGE_REFUSED', { subject, reason: 'it cannot be' });
    },
    write: async () => assert.fail('a plan writes nothing'),
    undo: async () => assert.fail('a plan writes nothing'),
    ...more,
  });
}

const prefix = { subsumes: (a: { to: Json }, b: { to: Json }) => String(a.to).startsWith(String(b.to)) };
const tunables = [
  knob('plain', {}, prefix),
  knob('late', { order: 90 }),
  knob('early', { order: 1 }),
  knob('risky', { risk: 'high', order: 1 }),
  knob('restarting', { effect: 'restart', order: 0 }, { restartReason: async () => 'it is read at start' }),
  knob('again', { repeatable: true }),
  knob(
    'blind',
    {},
    { notChecked: async (_, { subject }) => (subject === 'far' ? ['whether it fits: it is far'] : []) },
  ),
];
const integration = { id: 'kit', tunables } as unknown as AnyIntegration;

function wants(tunable: string, subject: string, to: Json, more: Partial<Recommendation> = {}): Recommendation {
  const draft: ChangeDraft = {
    tunable: `kit/${tunable}`,
    subject,
    to,
    reason: `${subject} is wrong`,
    affects: [{ indicator: `${subject}.p95` }],
  };
  return {
    id: `${tunable}-${subject}`,
    target: 'db',
    title: `change ${subject}`,
    rules: [`kit/${tunable}-rule`],
    subjects: [subject],
    severity: 'warning',
    confidence: 'high',
    score: 1,
    changes: [draft],
    status: 'open',
    ...more,
  };
}

function plan(
  recommendations: readonly Recommendation[],
  allowRestart = true,
  titleOf: (target: string, value: string) => string | null = () => null,
): Promise<Plan> {
  return makePlan({
    recommendations,
    async resolve(target) {
      if (target !== 'db') throw new PitwallError('CHANGE_REFUSED', { subject: target, reason: 'it is not there' });
      return { integration, connection: null, raw: null, close: async () => {} };
    },
    service: 'vending',
    now: new Date('2026-11-20T23:41:32Z'),
    allowRestart,
    titleOf,
  });
}

test('a change carries what was read, what it will be and how it is taken back', async () => {
  state.a = 'old';
  const made = await plan([wants('plain', 'a', 'new')]);
  assert.match(made.id, /^p20261120-234132-[0-9a-f]{4}$/);
  const [change] = made.changes;
  assert.deepEqual(
    [change?.id, change?.from, change?.to, change?.preview, change?.needsRestart, change?.rules],
    ['c1', 'old', 'new', { apply: 'a = new', undo: 'a = old' }, false, ['kit/plain-rule']],
  );
});

test('low risk first, then by order, what restarts last', async () => {
  const names = ['restarting', 'risky', 'late', 'plain', 'early'];
  const made = await plan(names.map((name) => wants(name, name, 'x')));
  assert.deepEqual(
    made.changes.map(({ subject }) => subject),
    ['early', 'plain', 'late', 'risky', 'restarting'],
  );
  assert.equal(made.changes.at(-1)?.needsRestartBecause, 'it is read at start');
});

test('what could not be checked is said with the change, and kept in the file', async () => {
  const made = await plan([wants('blind', 'far', 'x'), wants('blind', 'near', 'x')]);
  const told = Object.fromEntries(made.changes.map(({ subject, notChecked }) => [subject, notChecked]));
  assert.deepEqual(told, { far: ['whether it fits: it is far'], near: undefined });
  const targets = new Map(made.changes.map(({ target }) => [target, integration]));
  assert.deepEqual(parsePlan(JSON.stringify(made), 'plan.json', targets).changes, made.changes);
});

test('the same change asked for twice is one, with both reasons; a contradiction loses to the better ranked', async () => {
  const made = await plan([
    wants('plain', 'b', 'x'),
    wants('plain', 'b', 'x', { rules: ['kit/other'] }),
    wants('plain', 'b', 'y'),
  ]);
  assert.equal(made.changes.length, 1);
  assert.deepEqual(made.changes[0]?.rules, ['kit/plain-rule', 'kit/other']);
  assert.equal(made.changes[0]?.reason, 'b is wrong');
  assert.match(made.leftOut[0]?.because ?? '', /wants it otherwise/);
});

test('what another change makes unnecessary is left out, also in a chain; of two equal ones the first stays', async () => {
  const made = await plan([
    wants('plain', 'i1', 'device'),
    wants('plain', 'i2', 'device,at,state'),
    wants('plain', 'i3', 'device,at'),
    wants('plain', 'i4', 'device,at,state'),
    wants('plain', 'i5', 'area'),
  ]);
  assert.deepEqual(
    made.changes.map(({ subject }) => subject),
    ['i2', 'i5'],
  );
  assert.deepEqual(
    made.leftOut.map(({ what, because }) => `${what}: ${because}`),
    ['i1', 'i3', 'i4'].map((name) => `kit/plain ${name} on db: i2 makes it unnecessary`),
  );
});

test('left out, each with its reason', async () => {
  state.done = 'x';
  const made = await plan(
    [
      wants('plain', 'done', 'x'),
      wants('again', 'done', 'x'),
      wants('plain', 'refused', 'x'),
      wants('plain', 'empty', ''),
      wants('nothing', 'c', 'x'),
      wants('plain', 'd', 'x', { target: 'gone' }),
      wants('plain', 'e', 'x', { status: 'dismissed' }),
      wants('plain', 'f', 'x', { status: 'kept' }),
      wants('restarting', 'g', 'x'),
    ],
    false,
  );
  assert.deepEqual(
    made.changes.map(({ tunable }) => tunable),
    ['kit/again'],
    'what can be done again is',
  );
  const reasons = made.leftOut.map(({ because }) => because);
  const expected = [
    /dismissed/,
    /kept before/,
    /already is so/,
    /it cannot be/,
    /not one it can have/,
    /no such tunable/,
    /not there/,
    /needs --allow-restart: it is read at start/,
  ];
  assert.equal(reasons.length, expected.length);
  for (const [index, pattern] of expected.entries()) assert.match(reasons[index]!, pattern);
});

const targets = new Map([['db', integration]]);
const invalid = (file: string, text: RegExp) => () =>
  assert.throws(
    () => parsePlan(file, 'plan.json', targets),
    (error: unknown) => {
      assert.ok(error instanceof PitwallError, String(error));
      assert.deepEqual([error.code, error.exitCode], ['PLAN_INVALID', 2]);
      assert.match(error.message, text);
      return true;
    },
  );

test('what no trial could prove is no change of the plan: it is left out as advice, with how to do it by hand', async () => {
  const draft = { ...wants('plain', 'unproven', 'x').changes[0]!, affects: [] };
  const made = await plan([wants('plain', 'unproven', 'x', { changes: [draft] }), wants('plain', 'proven', 'x')]);
  assert.deepEqual(
    made.changes.map(({ id, subject }) => [id, subject]),
    [['c1', 'proven']],
  );
  const [left] = made.leftOut;
  assert.equal(left?.what, 'unproven = x');
  assert.match(left?.because ?? '', /^advice only, because nothing that is measured .* by hand \(unproven is wrong\)$/);
});

test('a change says what its labels stand for: as its rule knows it, or else as the run does', async () => {
  const affects = ['f1', 'f2', 'GET /x'].map((statement) => ({ indicator: 'mean', labels: { statement } }));
  const basis = {
    statements: [{ statement: 'f1', text: 'SELECT 1', helped: true, share: null, load: null }],
    sizes: [],
    version: null,
  };
  const draft = { ...wants('plain', 'titled', 'x').changes[0]!, affects, basis };
  const titleOf = (target: string, value: string) =>
    target === 'db' && value !== 'GET /x' ? `text of ${value}` : null;
  const made = await plan([wants('plain', 'titled', 'x', { changes: [draft] })], true, titleOf);
  assert.deepEqual(made.changes[0]?.titles, { f1: 'SELECT 1', f2: 'text of f2' });
  const file = JSON.stringify(made);
  assert.deepEqual(parsePlan(file, 'plan.json', targets), made);
  // Of before there were titles.
  const { titles: _, ...older } = made.changes[0]!;
  assert.deepEqual(parsePlan(JSON.stringify({ ...made, changes: [older] }), 'plan.json', targets).changes, [older]);
});

test('a plan survives being written and read', async () => {
  const made = await plan([wants('plain', 'a', 'newer'), wants('restarting', 'g', 'x'), wants('plain', 'done', 'x')]);
  assert.deepEqual(parsePlan(JSON.stringify(made), 'plan.json', targets), made);
});

test('an edited plan that is wrong says where and what was expected', async () => {
  const made = JSON.parse(JSON.stringify(await plan([wants('plain', 'a', 'newer')])));
  const edited = (edit: (copy: typeof made) => void) => {
    const copy = structuredClone(made);
    edit(copy);
    return JSON.stringify(copy);
  };
  invalid('{', /plan\.json: the file: expected JSON/)();
  invalid('[]', /the file/)();
  invalid('null', /the file/)();
  invalid(
    edited((copy) => (copy.schemaVersion = 2)),
    /schemaVersion: expected 1, and 2 was written by a newer/,
  )();
  invalid(
    edited((copy) => (copy.changes[0].tunable = 'kit/x')),
    /changes\[0\]\.tunable: expected one of kit\/plain/,
  )();
  invalid(
    edited((copy) => (copy.changes[0].target = 'x')),
    /changes\[0\]\.target: expected one of db, not x/,
  )();
  invalid(
    edited((copy) => (copy.changes[0].to = 5)),
    /changes\[0\]\.to: .*expected string/,
  )();
  invalid(
    edited((copy) => delete copy.changes[0].from),
    /changes\[0\]\.from/,
  )();
  invalid(
    edited((copy) => (copy.changes[0].extra = 1)),
    /changes\[0\]: .*extra/,
  )();
  invalid(
    edited((copy) => (copy.id = '../../etc')),
    /id: expected lower-case letters/,
  )();
  invalid(
    edited((copy) => copy.changes.push(copy.changes[0])),
    /changes\[1\]\.id: expected an id of its own/,
  )();
});

test('a change says what is locked: as its draft has it, else as its tunable has it', async () => {
  const locking = knob('locking', { locks: 'Writers wait.' });
  const planned = (lock?: string) =>
    makePlan({
      recommendations: [wants('locking', 'knob', 'on')].map((one) => ({
        ...one,
        changes: one.changes.map((draft) => (lock === undefined ? draft : { ...draft, lock })),
      })),
      resolve: async () => ({
        integration: { id: 'kit', tunables: [locking] } as unknown as AnyIntegration,
        connection: null,
        raw: null,
        close: async () => {},
      }),
      service: 'vending',
      now: new Date('2026-11-20T23:41:32Z'),
      allowRestart: true,
    });
  assert.equal((await planned()).changes[0]!.lock, 'Writers wait.');
  const own = await planned('Writers wait for 2 s.');
  assert.equal(own.changes[0]!.lock, 'Writers wait for 2 s.');
  assert.deepEqual(parsePlan(JSON.stringify(own), 'plan.json', new Map([['db', { tunables: [locking] }]])), own);
});
