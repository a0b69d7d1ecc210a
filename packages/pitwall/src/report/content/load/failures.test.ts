import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR_KINDS } from '../../../model/error-kinds.ts';
import type { StepResult } from '../../../model/load.ts';
import { sampleOpenLoad } from '../../fixtures/sample-load-report.ts';
import { errorRows } from './failures.ts';

const rowsOf = (errors: Readonly<Record<string, number>>) => {
  const load = sampleOpenLoad(3);
  const steps: StepResult[] = load.steps.map((step, i) => ({ ...step, errors: i === 0 ? errors : {} }));
  return errorRows({ ...load, steps, errors });
};

test('every kind of error has a meaning and says where it happened', () => {
  const rows = rowsOf(Object.fromEntries(ERROR_KINDS.map((kind, i) => [kind, i + 1])));
  assert.deepEqual(rows.map(({ kind }) => kind).sort(), [...ERROR_KINDS].sort());
  for (const { kind, meaning, where } of rows) {
    assert.ok(meaning !== '', kind);
    assert.match(where, /^list orders \(\d\)$/);
  }
});

test('a kind that is called like what every object has is one without a meaning', () => {
  assert.deepEqual(
    rowsOf({ constructor: 3, toString: 2 }).map(({ kind, meaning, where }) => [kind, meaning, where]),
    [
      ['constructor', '', 'list orders (3)'],
      ['toString', '', 'list orders (2)'],
    ],
  );
});
