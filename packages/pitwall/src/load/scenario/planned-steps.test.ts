import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoadOptions } from '../../model/load.ts';
import type { Scenario } from '../../model/scenario.ts';
import { load, serve } from '../testing.ts';
import { flow, scenario, step } from './testing.ts';

/** When later steps are planned in open shapes, and what the gate makes of iterations. */

const at = (name: string) => step({ name, path: `/${name}` });
const run = (url: string, what: Scenario, more: Partial<LoadOptions>) =>
  load(url, { endpoints: [], scenario: what, ...more });

test('a cold first answer is no yardstick: what a step is expected to take is the median of twenty', async (t) => {
  let asked = 0;
  const url = await serve(t, (request, response) => {
    const cold = request.url === '/first' && asked++ === 0;
    setTimeout(() => response.end('{}'), cold ? 45 : 1);
  });
  const what = scenario({ flows: [flow([at('first'), at('second')])] });
  // The cold answer is there before the second one is asked for.
  const result = await run(url, what, { shape: 'constant-rate', rate: 20, users: 20, duration: 1.2 });
  const [first, second] = result.steps;
  assert.ok(first!.expected! < 0.035, `${first!.expected} s`);
  assert.equal(second!.expected, undefined, 'nothing comes after it');
  assert.deepEqual([first!.sent, second!.sent], [24, 24]);
});

test('what a step has been expected to take stays so: a service that becomes slow is not forgiven for it', async (t) => {
  let asked = 0;
  const url = await serve(t, (request, response) => {
    const slow = request.url === '/first' && asked++ >= 30;
    setTimeout(() => response.end('{}'), slow ? 250 : 1);
  });
  const what = scenario({ flows: [flow([at('first'), at('second')])] });
  const result = await run(url, what, { shape: 'constant-rate', rate: 60, users: 60, duration: 1.2 });
  const [first, second] = result.steps;
  assert.ok(first!.expected! < 0.1, `${first!.expected} s`);
  assert.ok(second!.latency.response.p90 > 0.15, `${second!.latency.response.p90} s`);
  assert.ok(second!.latency.service.p50 < 0.15, `${second!.latency.service.p50} s`);
});

test('with too few answers to learn from, nothing is expected, and the result says nothing of it', async (t) => {
  const url = await serve(t, (_, response) => response.end('{}'));
  const what = scenario({ flows: [flow([at('first'), at('second')])] });
  const result = await run(url, what, { shape: 'constant-rate', rate: 30, users: 10, duration: 0.5 });
  assert.deepEqual(
    result.steps.map(({ sent, expected }) => [sent, expected]),
    [
      [15, undefined],
      [15, undefined],
    ],
  );
});

test('of flows with several steps, the gate looks at iterations: requests of those that started make up for none', async (t) => {
  const url = await serve(t, (_, response) => void setTimeout(() => response.end('{}'), 20));
  const what = scenario({ flows: [flow([at('a'), at('b'), at('c')])] });
  // One connection, 60 ms an iteration: of 50 iterations some 8 can be started.
  const result = await run(url, what, { shape: 'constant-rate', rate: 100, users: 1, duration: 0.5, workers: 1 });
  const { started, planned } = result.iterations!;
  assert.equal(planned, 50);
  assert.ok(started > 2 && started <= 10, `${started}`);
  assert.equal(result.steps[0]!.sent, started);
  assert.equal(result.planned - result.sent, planned - started, 'each that was never started is one request');
  assert.equal(
    result.steps.reduce((sum, each) => sum + each.distributions.response.count, 0),
    result.planned,
  );
  assert.ok(result.saturated);
  assert.match(
    result.invalidBecause.join('\n'),
    new RegExp(`Only ${started} of 50 planned iterations were started .* iterations found all 1 connections taken`),
  );
});
