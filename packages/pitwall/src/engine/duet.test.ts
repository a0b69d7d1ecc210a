import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PitwallError } from '../errors.ts';
import { validateOptions } from '../load/options.ts';
import { toJson } from '../report/json.ts';
import { reportSchema } from '../report/schema.ts';
import { OPTIONS } from './agents/testing.ts';
import { duet, halved } from './duet.ts';
import { SHORT_LOAD, sharedSession } from './session-testing.ts';

/** Two services, of which the second one is slower. */
const shared = sharedSession([5, 20]);
const { signal } = shared;
const overrides = SHORT_LOAD;

test('a duet: both at once, each with half the users; the slower one is worse', async () => {
  const pairs: number[] = [];
  const report = await duet(shared.session, {
    signal,
    a: shared.urls[0]!,
    b: shared.urls[1]!,
    overrides: { ...overrides, duration: 0.8, warmup: 0 },
    timing: { block: 0.1, settle: 0.05 },
    onPair: (pair) => pairs.push(pair),
  });
  const { comparison } = report;
  assert.ok(comparison);
  assert.equal(comparison.verdict, 'worse', comparison.because);
  assert.deepEqual([comparison.design, comparison.a.id, comparison.b.id], ['duet', ...shared.urls]);
  assert.equal(comparison.a.load!.users, 2);
  assert.equal(pairs.at(-1), 12);
  const p50 = comparison.comparisons.find(({ indicator }) => indicator === 'load.response.duration.p50')!;
  assert.ok(p50.ratio > 2 && p50.interval![0] > 1.5, JSON.stringify(p50));
  assert.equal(p50.spread, 'pairs');
  assert.deepEqual(reportSchema.parse(JSON.parse(toJson(report))).comparison, comparison);
});

test('ended in order after enough pairs, it compares those and says so; before, it compares nothing', async () => {
  const stopped = async (after: number) => {
    const stop = new AbortController();
    const early: number[][] = [];
    const report = await duet(shared.session, {
      signal,
      stop: stop.signal,
      a: shared.urls[0]!,
      b: shared.urls[1]!,
      overrides: { ...overrides, duration: 1.35, warmup: 0 },
      timing: { block: 0.1, settle: 0.05 },
      onPair: (pair) => {
        if (pair > after) stop.abort(new PitwallError('INTERRUPTED'));
      },
      onEndedEarly: (made, pairs) => early.push([made, pairs]),
    });
    return { early, comparison: report.comparison! };
  };
  const { early, comparison } = await stopped(12);
  assert.deepEqual(early, [[12, 13]]);
  assert.equal(comparison.a.blocks, 12);
  assert.equal(comparison.verdict, 'worse', comparison.because);
  assert.ok(comparison.cautions.includes('It was interrupted after 12 of 13 pairs of blocks.'));
  await assert.rejects(stopped(0), {
    code: 'DUET_INTERRUPTED_EARLY',
    exitCode: 130,
    message:
      'Interrupted after 0 of 13 pairs of blocks, 0 of them valid: a verdict needs at least 12, so nothing is kept.',
  });
});

test('a load that cannot be shared out, or that could not run alone, is refused before anything is sent', async () => {
  const refused = (more: object, says: RegExp) =>
    assert.rejects(
      duet(shared.session, {
        signal,
        a: shared.urls[0]!,
        b: shared.urls[1]!,
        overrides: { ...overrides, ...more },
        onPair: () => assert.fail('it began'),
      }),
      (error: unknown) => {
        assert.ok(error instanceof PitwallError, String(error));
        assert.match(error.code, /^LOAD_(OPTIONS_INVALID|LIMITS)$/);
        assert.match(error.message, says);
        return true;
      },
    );
  await refused({ users: 1 }, /half of the users to each service, so it needs at least 2\.$/);
  await refused({ iterations: 50 }, /this load counts its requests; give a duration\.$/);
  await refused({ shape: 'constant-rate', rate: 2, duration: 5 }, /half of 2 requests\/s, .* in a block of 0\.5 s\.$/);
  await refused({ users: 60_000 }, /users must be a whole number from 1 to 50000/);
  await refused({ workers: 65 }, /workers must be a whole number from 1 to 64/);
});

test('of connections that users share, each service gets half, and never more than it has users', () => {
  const whole = { ...OPTIONS, protocol: 'http2' as const, workers: 2 };
  for (const [users, connections, half] of [
    [8, 8, 4],
    [8, 3, 1],
    [9, 9, 4],
    [2, 2, 1],
  ] as const) {
    const options = halved({ ...whole, users, connections, workers: Math.min(2, connections) });
    assert.equal(options.connections, half);
    validateOptions(options);
  }
  assert.equal('connections' in halved(whole), false);
});

test('a duet of a ramp is refused; a service that is not there ends both sides', async () => {
  const run = (b: string, more: object) =>
    duet(shared.session, {
      signal,
      a: shared.urls[0]!,
      b,
      overrides: { ...overrides, ...more },
      timing: { block: 0.1, settle: 0.05 },
    });
  const code = (expected: string) => (error: unknown) => {
    assert.ok(error instanceof PitwallError, String(error));
    assert.equal(error.code, expected, error.message);
    return true;
  };
  const stages = [{ rate: 10, over: 1, hold: 0 }];
  await assert.rejects(run(shared.urls[1]!, { shape: 'ramping-rate', stages }), code('LOAD_OPTIONS_INVALID'));
  await assert.rejects(run('http://127.0.0.1:1', {}), code('LOAD_UNREACHABLE'));
  await assert.rejects(run('http://192.0.2.1', {}), code('LOAD_NOT_ALLOWED'));
});
