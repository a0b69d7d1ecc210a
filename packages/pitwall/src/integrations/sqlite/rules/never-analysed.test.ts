import assert from 'node:assert/strict';
import test from 'node:test';
import { connect, databaseWith, SHOP } from '../testing.ts';
import { neverAnalysed } from './never-analysed.ts';
import { clear, diagnose, found } from './testing.ts';

const INDEXED = `${SHOP} CREATE INDEX a ON orders (device_id); CREATE INDEX b ON orders (status);`;

test('a database with a choice of indexes and no statistics is found, one with statistics or without a choice is not', async (t) => {
  const [finding] = found((await diagnose(connect(t, databaseWith(t, INDEXED)), neverAnalysed)).second);
  assert.match(finding?.summary ?? '', /no statistics at all, and orders/);
  assert.match(finding?.advice?.code ?? '', /optimize/);
  clear((await diagnose(connect(t, databaseWith(t, `${INDEXED} ANALYZE`)), neverAnalysed)).second);
  const { second } = await diagnose(connect(t, databaseWith(t, SHOP)), neverAnalysed);
  assert.ok('notApplicable' in second);
});
