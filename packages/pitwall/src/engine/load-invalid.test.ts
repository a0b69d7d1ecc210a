import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { LoadResult } from '../model/load.ts';
import { sampleLoad } from '../report/fixtures/sample-load.ts';
import { invalidLoad } from './load-invalid.ts';

const refused = (more: Partial<LoadResult>) => {
  const steps = [{ endpoint: 'GET /', median: 0.01, sigma: 0.3, ok: 100 }];
  return invalidLoad(sampleLoad(steps, { valid: false, invalidBecause: ['First.', 'Second.'], ...more }));
};

it('blames the service where requests waited for connections until it was over, and else the generator', () => {
  const behind = refused({ planned: 300, sent: 100, saturated: true });
  assert.equal(behind.code, 'LOAD_SATURATED');
  assert.match(behind.message, /^The service did not take the load that was planned, .*: First\.$/);
  assert.doesNotMatch(behind.hint, /generator|machine/);
  assert.equal(refused({ planned: 300, sent: 100, saturated: false }).code, 'LOAD_INVALID');
  // Some waited, and nearly all were sent: then something else made it invalid.
  assert.equal(refused({ planned: 1000, sent: 999, saturated: true }).code, 'LOAD_INVALID');
  const iterations = { planned: 100, started: 50 };
  assert.equal(refused({ planned: 150, sent: 149, iterations, saturated: true }).code, 'LOAD_SATURATED');
});
