import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sampleLoad } from '../../report/fixtures/sample-load.ts';
import { viewOf } from './step.ts';

const rest = { checks: [], stretch: 1 };
const steps = [{ endpoint: 'GET /', median: 0.01, sigma: 0.3, ok: 100 }];

it('a step of flows with several requests is held against iterations, any other against requests', () => {
  const single = viewOf(10, sampleLoad(steps, { planned: 110, sent: 100 }), rest);
  assert.deepEqual([single.planned, single.started, single.sent], [110, 100, 100]);
  const iterations = { planned: 50, started: 20 };
  const flows = viewOf(10, sampleLoad(steps, { planned: 130, sent: 100, iterations }), rest);
  assert.deepEqual([flows.planned, flows.started, flows.sent], [50, 20, 100]);
});
