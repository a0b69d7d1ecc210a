import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invalidReasons, lateAllowed, type ValidityInput, type WarningInput, warningsOf } from './validity.ts';

const good: ValidityInput = {
  open: true,
  unit: 'requests',
  planned: 1000,
  started: 990,
  sent: 990,
  ok: 1,
  lateness: { p50: 0, p90: 0, p95: 0, p99: 0.002, count: 990 },
  responseP50: 0.001,
  duration: 10,
  loopUtilisation: 0.85,
  cpuUtilisation: 0.8,
  queued: 0,
  users: 10,
};
const reasons = (change: Partial<ValidityInput>) => invalidReasons({ ...good, ...change });
/** The latest hundredth left so late (s). */
const latest = (p99: number, count = 990) => ({ p50: 0, p90: 0, p95: 0, p99, count });

test('a run exactly at the limits is valid', () => {
  assert.deepEqual(reasons({}), []);
});

test('too few of the planned requests sent', () => {
  const [sentence, ...rest] = reasons({ started: 989, sent: 989 });
  assert.deepEqual(rest, []);
  assert.match(
    sentence!,
    /^Only 989 of 1,000 planned requests were sent \(98\.9 %, .*generator could not keep up.*\.$/,
  );
  assert.match(reasons({ started: 500, sent: 500, queued: 400 })[0]!, /400 requests found all 10 connections taken/);
});

test('of flows with several steps it is iterations that are missed: their other requests do not make up for them', () => {
  // 500 of 1,000 iterations with 20 requests each.
  const flows = { unit: 'iterations', started: 500, sent: 10_000, ok: 10_000 } as const;
  assert.match(
    reasons({ ...flows, queued: 90 })[0]!,
    /^Only 500 of 1,000 planned iterations were started \(50 %, .*; 90 iterations found all 10 connections taken/,
  );
  assert.deepEqual(reasons({ ...flows, started: 990 }), []);
  // Iterations of the warm-up may still send when none of the measured part was due.
  assert.deepEqual(reasons({ ...flows, planned: 0, started: 0, sent: 5, ok: 5 }), []);
});

test('the generator’s own lateness is judged against 2 ms or a tenth of the median, whichever is more', () => {
  assert.match(reasons({ lateness: latest(0.0021) })[0]!, /2\.1 ms or more after they could have \(limit 2\.0 ms\)/);
  assert.deepEqual(reasons({ lateness: latest(0.0021), responseP50: 0.05 }), []);
  assert.match(reasons({ lateness: latest(0.0051), responseP50: 0.05 })[0]!, /limit 5\.0 ms/);
  assert.deepEqual(
    reasons({
      lateness: { p50: Number.NaN, p90: Number.NaN, p95: Number.NaN, p99: Number.NaN, count: 0 },
      responseP50: Number.NaN,
    }),
    [],
  );
});

test('of fewer than a hundred requests the percentile is judged that they can bear, and a warning says so', () => {
  // The p99 of 40 is the latest one: that it was late tells nothing of one in a hundred.
  const few = (count: number, more: object) => reasons({ lateness: { ...latest(0.5, count), ...more } });
  assert.deepEqual(few(40, {}), []);
  assert.match(few(100, {})[0]!, /^1 % of the requests left 500\.0 ms or more/);
  assert.match(few(99, { p95: 0.1 })[0]!, /^5 % of the requests left 100\.0 ms or more .*\(limit 2\.0 ms\)/);
  assert.deepEqual(few(19, { p95: 0.1 }), []);
  assert.match(few(19, { p95: 0.1, p90: 0.1 })[0]!, /^10 % of the requests/);
  assert.match(few(2, { p95: 0.1, p90: 0.1, p50: 0.1 })[0]!, /^50 % of the requests/);
  assert.deepEqual(few(1, { p95: 0.1, p90: 0.1, p50: 0.1 }), []);

  const said = (timed: number) => warningsOf({ ...quiet, timed }).join();
  assert.equal(
    said(40),
    'The p99 of how late the generator was cannot be judged by 40 requests (100 needed), so the latest 5 % were looked at.',
  );
  assert.match(said(1), /by 1 request \(100 needed\), so it was not looked at\.$/);
  assert.deepEqual([said(0), said(100)], ['', '']);
  assert.deepEqual(
    [1000, 100, 99, 19, 9, 1].map((count) => Number(lateAllowed(count).toFixed(4))),
    [0.01, 0.01, 0.05, 0.1, 0.5, 1],
  );
});

test('a busy loop and a busy core', () => {
  assert.match(reasons({ loopUtilisation: 0.86 })[0]!, /busy 86 % of the time .*lower rate/);
  assert.deepEqual(reasons({ loopUtilisation: 0.99, duration: 0.05 }), [], 'too short to tell');
  assert.match(reasons({ cpuUtilisation: 0.9 })[0]!, /used 90 % of a core/);
  assert.equal(reasons({ loopUtilisation: 0.99, cpuUtilisation: 0.99, started: 1, lateness: latest(1) }).length, 4);
});

test('the closed shape is judged by the loop and by its answers, not by a schedule it does not have', () => {
  const closed = { open: false, planned: 990, lateness: latest(1), cpuUtilisation: 0.99 } as const;
  assert.deepEqual(reasons(closed), []);
  assert.match(reasons({ ...closed, loopUtilisation: 0.97 })[0]!, /busy 97 % .*fewer users/);
});

test('no success is no measurement', () => {
  assert.match(reasons({ ok: 0 })[0]!, /None of the 990 requests/);
  assert.deepEqual(reasons({ planned: 0, started: 0, sent: 0, ok: 0 }), ['No request was sent in the measured part.']);
});

test('a step that was never requested: what broke before it in its flow, or that there was no time', () => {
  const told = (sent: number, ok: number) =>
    warningsOf({
      ...quiet,
      endpoints: [
        { name: 'home', flow: 'browse', sent: 9, ok: 9 },
        { name: 'log in', flow: 'buy', sent, ok },
        { name: 'order', flow: 'buy', sent: 0, ok: 0 },
      ],
    }).filter((warning) => warning.startsWith('order '));
  assert.deepEqual(told(1000, 1), [
    'order was not requested: no iteration came that far, because log in before it failed (999 of 1,000 requests).',
  ]);
  assert.deepEqual(told(5, 5), [
    'order was not requested: no iteration came that far, because the run was too short for the flow.',
  ]);
  assert.deepEqual(told(0, 0), ['order was not requested: the run was too short for its weight.']);
});

const quiet: WarningInput = {
  loopback: false,
  unit: 'requests',
  sent: 10,
  errors: {},
  reasons: {},
  stale: 0,
  timed: 1000,
  queued: 0,
  users: 10,
  cleanUp: { done: 5, failed: 0 },
  endpoints: [{ name: 'a', sent: 10, ok: 10 }],
};

test('warnings: shared cores, errors by kind, endpoints that only failed, stale connections', () => {
  assert.deepEqual(warningsOf(quiet), []);
  assert.match(warningsOf({ ...quiet, loopback: true })[0]!, /share the cores/);
  assert.match(
    warningsOf({
      ...quiet,
      sent: 1000,
      errors: { reset: 1, 'status-5xx': 2 },
      reasons: { reset: 'read ECONNRESET' },
    })[0]!,
    /^0\.3 % of the requests failed \(reset 1, last: read ECONNRESET; status-5xx 2\)\.$/,
  );
  // A kind that nobody knows, called like what every object has.
  assert.match(warningsOf({ ...quiet, sent: 10, errors: { constructor: 1 } })[0]!, /failed \(constructor 1\)\.$/);
  const endpoints = [
    { name: 'a', sent: 5, ok: 5 },
    { name: 'b', sent: 5, ok: 0 },
    { name: 'c', sent: 0, ok: 0 },
  ];
  assert.match(warningsOf({ ...quiet, endpoints }).join('\n'), /^b only failed \(5 requests\)\.\nc was not requested/);
  assert.match(warningsOf({ ...quiet, stale: 3 })[0]!, /^stale-reconnect: 3 requests/);
  assert.match(warningsOf({ ...quiet, queued: 7 })[0]!, /^7 requests found all 10 connections taken/);
  assert.match(
    warningsOf({ ...quiet, unit: 'iterations', queued: 7 })[0]!,
    /^7 iterations found all 10 connections taken/,
  );
  assert.match(warningsOf({ ...quiet, cleanUp: { done: 3, failed: 2 } })[0]!, /^2 of 5 clean-up requests failed/);
});

test('a ratio just below one is not shown as one', () => {
  assert.match(warningsOf({ ...quiet, sent: 100_000, errors: { reset: 99_999 } })[0]!, /^99\.9 %/);
  assert.match(warningsOf({ ...quiet, sent: 100_000, errors: { reset: 1 } })[0]!, /^0\.1 %/);
});
