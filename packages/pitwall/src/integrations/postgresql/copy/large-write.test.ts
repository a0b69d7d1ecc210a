import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyTooLarge } from './large-write.ts';

const write = (rows: number) => ({ 'Node Type': 'ModifyTable', 'Plan Rows': 0, Plans: [{ 'Plan Rows': rows }] });

test('a write of many rows is too large, wherever in the plan it is; a read of many is not', () => {
  assert.equal(whyTooLarge({ Plan: write(10_000) }), null);
  assert.match(whyTooLarge({ Plan: write(120_000) })!, /^it writes some 120,000 rows a call/);
  const inside = { Plan: { 'Node Type': 'CTE Scan', 'Plan Rows': 5, Plans: [write(10_001)] } };
  assert.notEqual(whyTooLarge(inside), null);
  assert.equal(whyTooLarge({ Plan: { 'Node Type': 'Seq Scan', 'Plan Rows': 1e9, Plans: [write(1)] } }), null);
  assert.equal(whyTooLarge({}), null);
});
