import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sampleSearch } from '../../report/fixtures/sample-search.ts';
import { shownLoad } from './shown-load.ts';

const { steps, highestPassing } = sampleSearch();
const [first] = steps;
const at = (rate: number | null, valid = false) => ({ rate, valid });

it('an invalid load beside an answer is said to be what it is; a valid one, or none, needs no word', () => {
  assert.equal(shownLoad({ steps, highestPassing }, at(highestPassing, true)), null);
  assert.equal(shownLoad({ steps, highestPassing }, null), null);
  const own = shownLoad({ steps, highestPassing }, at(highestPassing))!;
  assert.ok(
    own.startsWith(`The load beside this, which is marked INVALID, is the step at ${highestPassing}/s: it kept`),
  );
  assert.match(own, /so the answer stands, and the load's own figures do not\.$/);
  assert.match(
    shownLoad({ steps, highestPassing }, at(1e6))!,
    /beyond the answer: .* rests on the steps that passed\.$/,
  );
});

it('where nothing passed, whether the last step counts', () => {
  const only = (verdict: 'fail' | 'invalid') => [{ ...first!, rate: 10, verdict }];
  assert.match(shownLoad({ steps: only('fail'), highestPassing: null }, at(10))!, /that it failed counts/);
  assert.match(shownLoad({ steps: only('invalid'), highestPassing: null }, at(10))!, /it counts for nothing\.$/);
});
