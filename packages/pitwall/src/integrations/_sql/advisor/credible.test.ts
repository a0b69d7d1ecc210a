import assert from 'node:assert/strict';
import { test } from 'node:test';
import { credible } from './credible.ts';
import { keyOn } from './key-of.ts';
import type { AdvisorTable, ChosenIndex, ExistingIndex, IndexSpec } from './problem.ts';

const spec = (keys: string[], include: string[] = []): IndexSpec => ({
  table: 't',
  keys: keys.map((name) => keyOn(name)),
  include,
  where: null,
});
const existing = (name: string, keys: string[], more: Partial<ExistingIndex> = {}): ExistingIndex => ({
  name,
  spec: spec(keys),
  unique: false,
  needed: false,
  valid: true,
  bytes: 1,
  ...more,
});
const table: AdvisorTable = {
  name: 't',
  rows: 1000,
  bytes: 1e5,
  columns: [],
  indexes: [
    existing('t_pkey', ['id'], { unique: true }),
    existing('by_queue', ['queue']),
    existing('broken', ['kind'], { valid: false }),
  ],
  rowid: null,
  hotShare: null,
};
const chosen = (keys: string[], include: string[], gain: number | undefined): ChosenIndex => ({
  spec: spec(keys, include),
  bytes: 1,
  savedSeconds: 1,
  writeSeconds: 0,
  statements: [],
  ...(gain === undefined ? {} : { gain }),
});
const because = (one: ChosenIndex) => credible([one], { tables: [table] }).rejected[0]?.because ?? null;

test('what the planner alone expects must be a tenth of a statement’s cost', () => {
  assert.equal(because(chosen(['owner'], [], 0.11)), null);
  assert.match(because(chosen(['owner'], [], 0.02))!, /take 2 % off the cost of a statement at most: too little/);
  assert.equal(because(chosen(['owner'], [], undefined)), null);
});

test('half of it where an index that exists finds the same rows', () => {
  for (const [keys, by] of [
    [['id'], 't_pkey'],
    [['id', 'owner'], 't_pkey'],
    [['queue'], 'by_queue'],
  ] as const) {
    assert.match(because(chosen([...keys], ['label'], 0.4))!, new RegExp(`and ${by} finds the same rows`));
    assert.equal(because(chosen([...keys], ['label'], 0.6)), null);
  }
  assert.equal(
    because(chosen(['queue', 'owner'], [], 0.4)),
    null,
    'more keys behind one that is not unique find fewer rows',
  );
  assert.equal(because(chosen(['kind'], ['label'], 0.4)), null, 'one that is not valid finds nothing');
});
