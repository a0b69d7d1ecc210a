import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureSelf, selfTest } from './self-test.ts';

const signal = AbortSignal.timeout(30_000);

test('what the self-test counts is what the server that does nothing has answered', async () => {
  const { ceiling, calm, answered } = await measureSelf(signal);
  for (const load of [ceiling, calm]) {
    assert.deepEqual([load.ok, load.errors, load.partial], [load.sent, {}, null]);
    const { response, service, slip } = load.steps[0]!.distributions;
    assert.deepEqual([response.count, service.count, slip.count], [load.sent, load.sent, load.sent]);
  }
  // 250 a second for 0.4 s: as many as a p99 needs.
  assert.equal(calm.sent, 100);
  const counted = ceiling.sent + calm.sent;
  // The warm-ups of 0.1 s each come on top; a machine that hiccups in the measured part may do most in them.
  assert.ok(answered > counted, `${answered} answered, ${counted} counted`);
  assert.ok(answered < 20 * counted, `${answered} answered, ${counted} counted`);
  // Little's law: no more than 16 are under way at a time.
  const underWay = (ceiling.sent / ceiling.duration) * ceiling.latency.service.mean;
  assert.ok(underWay > 0 && underWay <= 16 * 1.2, `${underWay} under way`);
});

test('its figures are times and rates in their order', async () => {
  const { requestsPerSecond, latencyFloor } = await selfTest(signal);
  assert.ok(requestsPerSecond > 250, `${requestsPerSecond}/s`);
  const { p50, p99 } = latencyFloor;
  assert.ok(p50 > 1e-6 && p50 <= p99 && p99 < 1, `p50 ${p50} s, p99 ${p99} s`);
  // One request after the other would take at least the floor: sixteen at a time may be at most sixteen times as many.
  assert.ok(requestsPerSecond < 1 / 1e-6, `${requestsPerSecond}/s`);
});

test('it ends with its signal', async () => {
  const reason = new Error('enough');
  await assert.rejects(
    selfTest(AbortSignal.abort(reason)),
    (error: Error) => error === reason || error.cause === reason,
  );
});
