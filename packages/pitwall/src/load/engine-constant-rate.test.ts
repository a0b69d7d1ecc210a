import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, serve } from './testing.ts';

test('constant rate: exactly rate × duration requests reach the server, however the workers divide them', async (t) => {
  for (const [workers, rate, warmup] of [
    [1, 250, 0],
    [2, 251, 0.2],
    [3, 130, 0.1],
  ] as const) {
    let served = 0;
    const url = await serve(t, (_, response) => {
      served++;
      response.end('ok');
    });
    const result = await load(url, { shape: 'constant-rate', rate, duration: 1, warmup, users: 20, workers });
    assert.equal(result.planned, rate);
    assert.equal(result.sent, rate);
    assert.equal(result.ok, rate);
    assert.equal(served, rate + Math.round(rate * warmup));
    assert.equal(result.steps[0]!.distributions.response.count, rate);
    assert.equal(result.rate, rate);
  }
});

test('constant rate: a stall of the server shows in the response times of all who would have come meanwhile', async (t) => {
  for (const users of [100, 5]) {
    let stalling = false;
    const url = await serve(t, (_, response) => {
      if (!stalling) {
        stalling = true;
        setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200), 800);
      }
      response.end('ok');
    });
    const result = await load(url, { shape: 'constant-rate', rate: 200, duration: 2, users });
    assert.equal(result.sent, 400);
    const { response, service } = result.latency;
    // 40 of 400 requests fall into the stall and wait between 200 and 0 ms.
    assert.ok(response.p99 >= 0.15, `response p99 ${response.p99}`);
    assert.ok(response.p95 >= 0.05, `response p95 ${response.p95}`);
    assert.ok(service.p50 < 0.05, `service p50 ${service.p50}`);
    if (users === 5) {
      // Only five could be written during the stall; a tool that times from the write would not see the other 35.
      assert.ok(service.p95 < response.p95 / 2, `service p95 ${service.p95}`);
      assert.match(result.warnings.join('\n'), /requests found all 5 connections taken when they were due/);
      assert.ok(result.generator.queued >= 20, `${result.generator.queued} waited`);
    }
  }
});

test('constant rate: what could not be sent is missing in sent and present, with its waiting, in the response times', async (t) => {
  const url = await serve(t, (_, response) => {
    setTimeout(() => response.end('slow'), 100);
  });
  const result = await load(url, { shape: 'constant-rate', rate: 100, duration: 1, users: 2 });
  assert.equal(result.planned, 100);
  assert.ok(result.sent >= 2 && result.sent <= 22, `${result.sent} sent`);
  assert.equal(result.steps[0]!.distributions.response.count, 100);
  assert.equal(result.steps[0]!.distributions.service.count, result.sent);
  assert.ok(result.latency.response.p50 > 0.25);
  assert.equal(result.valid, false);
  assert.match(result.invalidBecause[0]!, /^Only \d+ of 100 planned requests were sent/);
});
