import assert from 'node:assert/strict';
import test from 'node:test';
import type { FileFact } from '../facts.ts';
import { viewOf } from '../testing.ts';
import { largeFreelist } from './large-freelist.ts';
import { fileFacts as facts } from './testing.ts';

test('proposes VACUUM and keeps the auto_vacuum mode', () => {
  const view = viewOf(largeFreelist, facts({ freePages: 51_200 }, { auto_vacuum: 2 }));
  const result = largeFreelist.evaluate(view);
  assert.ok('found' in result);
  const change = result.found[0]?.changes?.[0];
  assert.deepEqual(change?.to, { autoVacuum: 'incremental', vacuum: true });
  assert.equal(change?.predictedRatio, 0.5);
  assert.deepEqual(change?.affects, [{ indicator: 'sqlite.database.size' }]);
});

test('silent when the part or the bytes are small; does not apply to empty or read-only files', () => {
  const evaluate = (file: Partial<FileFact>) =>
    largeFreelist.evaluate(viewOf(largeFreelist, facts(file, { auto_vacuum: 0 })));
  assert.ok('clear' in evaluate({ freePages: 20_000 }));
  assert.ok('clear' in evaluate({ pageCount: 1000, freePages: 900, bytes: 4_096_000 }));
  assert.ok('notApplicable' in evaluate({ pageCount: 0, bytes: 0 }));
  assert.ok('notApplicable' in evaluate({ freePages: 51_200, writable: false }));
});
