import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JournalEntry, JournalState } from '../model/change.ts';
import { change, withCode } from '../tune/testing.ts';
import { chooseKept } from './choose-kept.ts';

const entry = (id: string, state: JournalState, because?: string): JournalEntry => ({
  id,
  planId: id.slice(0, id.indexOf('-c')),
  sequence: 1,
  change: { ...change, id: /c\d+/.exec(id.slice(id.indexOf('-c')))![0] },
  connection: null,
  integration: 'file',
  original: 1,
  written: 2,
  state,
  bootId: 'boot-1',
  pid: 1,
  createdAt: '2026-11-20T23:41:32.000Z',
  updatedAt: '2026-11-21T10:00:00.000Z',
  ...(because === undefined ? {} : { because }),
});

const P = 'p20261121-160000-1f2e';
const Q = 'p20261121-170000-9a9a';
const JOURNAL = [
  entry(`${P}-c4`, 'failed', 'the disk is full'),
  entry(`${P}-c5`, 'rolled-back'),
  entry(`${P}-c6`, 'kept'),
  entry(`${P}-c7`, 'kept'),
  entry(`${Q}-c7`, 'kept'),
];
const chosen = (wanted: string, journal = JOURNAL) => chooseKept(journal, wanted).chosen.map(({ id }) => id);

test('a change is found by its id, by its short id where only one is kept, and all of them', () => {
  assert.deepEqual(chosen(`${P}-c7`), [`${P}-c7`]);
  assert.deepEqual(chosen('c6'), [`${P}-c6`]);
  assert.deepEqual(chosen('all'), [`${P}-c6`, `${P}-c7`, `${Q}-c7`]);
  assert.deepEqual(chosen('c5', [...JOURNAL, entry(`${Q}-c5`, 'kept')]), [`${Q}-c5`], 'the other one is taken back');
});

test('what was taken back is known as that, and no other change is ever offered for it', () => {
  for (const wanted of [`${P}-c5`, 'c5']) {
    const { chosen: none, back } = chooseKept(JOURNAL, wanted);
    assert.deepEqual([none, back?.id], [[], `${P}-c5`]);
  }
});

test('a short id of several plans is refused with the candidates', () => {
  assert.throws(
    () => chooseKept(JOURNAL, 'c7'),
    withCode('USAGE', new RegExp(`^Several .* c7: ${P}-c7, ${Q}-c7\\. Give the whole id\\.$`)),
  );
  const back = [entry(`${P}-c5`, 'rolled-back'), entry(`${Q}-c5`, 'rolled-back')];
  assert.throws(
    () => chooseKept(back, 'c5'),
    withCode('USAGE', /^None of the changes called c5 is kept .*None is kept\.$/),
  );
});

test('an unknown id is corrected only to one of the same number; else the kept ones are listed', () => {
  assert.throws(() => chooseKept(JOURNAL, `${P}-c8`), withCode('USAGE', /^There is no change .*-c8\. Kept: .*-c6, /));
  assert.throws(
    () => chooseKept(JOURNAL, `${P.slice(1)}-c6`),
    withCode('USAGE', new RegExp(`Did you mean ${P}-c6\\?$`)),
  );
  assert.throws(() => chooseKept([], 'c1'), withCode('USAGE', /^There is no change c1\. None is kept\.$/));
});

test('a change that was not made, or is in conflict, says so', () => {
  assert.throws(() => chooseKept(JOURNAL, `${P}-c4`), withCode('USAGE', /-c4 was never made \(the disk is full\)\.$/));
  assert.throws(() => chooseKept([entry(`${P}-c1`, 'conflict')], 'c1'), withCode('USAGE', /-c1 is a conflict/));
});
