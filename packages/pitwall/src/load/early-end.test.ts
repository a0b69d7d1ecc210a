import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { seededRandom } from '../stats/random.ts';
import { blocksIn } from './protocol.ts';
import { flow, scenario, step } from './scenario/testing.ts';
import { endpoint, load, onRequest, serve as serveHttp, serveRaw, sumOf } from './testing.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A service whose n-th connection (0 is the engine's first look) is answered after so many ms. */
const serve = (t: TestContext, delay: (nth: number) => number) =>
  serveRaw(t, (socket, nth) =>
    onRequest(socket, () => setTimeout(() => socket.destroyed || socket.write(OK), delay(nth))),
  );

const completedIn = (timeline: readonly { readonly completed: number }[]) =>
  timeline.reduce((sum, { completed }) => sum + completed, 0);

test('of two workers one is done long before the other: every second and every answer is in the numbers', async (t) => {
  const url = await serve(t, (nth) => (nth === 1 ? 4 : 60));
  const seconds: number[] = [];
  const result = await load(
    url,
    { iterations: 46, users: 2, workers: 2, duration: 20 },
    { onTick: ({ at }) => seconds.push(at) },
  );
  assert.deepEqual([result.sent, result.ok, result.partial], [46, 46, null]);
  assert.ok(result.duration > 1.3 && result.duration < 4, `${result.duration} s`);
  assert.equal(completedIn(result.timeline), 46);
  assert.equal(result.timeline.length, Math.ceil(result.duration));
  assert.equal(result.timeline.at(-1)!.at, result.duration);
  assert.equal(seconds.length, result.timeline.length);
  assert.equal(result.requestsPerSecond, 46 / result.duration);
});

test('iterations that are not done in time: the throughput is what ended inside the duration', async (t) => {
  const url = await serve(t, () => 600);
  const result = await load(url, { iterations: 100, users: 5, duration: 0.9 });
  assert.deepEqual([result.sent, result.ok, result.partial], [10, 10, null]);
  assert.equal(result.duration, 0.9);
  assert.equal(completedIn(result.timeline), 5);
  assert.equal(result.requestsPerSecond, 5 / 0.9);
});

test('ended early: the last second and the last block are as long as they were', async (t) => {
  const url = await serve(t, () => 3);
  const stop = new AbortController();
  const options = { shape: 'constant-rate', rate: 100, users: 10, workers: 2, duration: 5, warmup: 0.1 } as const;
  const result = await load(url, options, {
    stop: stop.signal,
    onStart: (at) => void setTimeout(() => stop.abort(new Error('enough')), at + 1400 - Date.now()),
  });
  const { duration, timeline, blocks } = result;
  assert.equal(result.partial, 'enough');
  assert.ok(duration > 1.3 && duration < 2.5, `${duration} s`);
  assert.equal(timeline.at(-1)!.at, duration);
  assert.ok(Math.abs(result.requestsPerSecond - 100) < 15, `${result.requestsPerSecond}/s`);
  const length = 5 / blocksIn(5);
  for (const { at, duration: seconds, steps } of blocks) {
    assert.ok(at + seconds <= duration + 1e-9 && seconds >= length / 2 - 1e-9, `${at} + ${seconds}`);
    assert.ok(steps[0]!.completed > 0);
  }
});

test('ended at any time: the reason before the start, after it a result whose numbers fit together', async (t) => {
  const random = seededRandom(3);
  const url = await serve(t, () => random() * 30);
  const began = performance.now();
  const reason = new Error('enough');
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, async (_, i) => {
      const stop = new AbortController();
      const closed = i % 3 === 0;
      let before = true;
      const running = load(
        url,
        {
          ...(closed ? { users: 5 } : { shape: 'poisson', rate: 80, users: 10 }),
          ...(i % 6 === 0 ? { iterations: 30 } : {}),
          endpoints: [endpoint('/a'), endpoint('/b')],
          workers: 1 + (i % 2),
          duration: 0.7,
          warmup: 0.2,
        },
        {
          stop: stop.signal,
          onStart: (at) => {
            before = false;
            // In the warm-up, in the measured part, in the drain, after it.
            setTimeout(() => stop.abort(reason), Math.max(0, at - Date.now() - 200 + (i - 2) * 200));
          },
        },
      );
      if (i < 2) setTimeout(() => stop.abort(reason), i * 60);
      const result = await running.catch((error: unknown) => {
        assert.equal(error, reason);
        assert.ok(before);
        return null;
      });
      if (result === null) return 'not begun';
      const { sent, ok, errors, planned, duration, timeline, requestsPerSecond, partial } = result;
      assert.equal(sent, ok + sumOf(errors));
      assert.ok(planned >= sent && duration <= 0.7);
      assert.equal(requestsPerSecond, duration > 0 ? completedIn(timeline) / duration : 0);
      assert.ok(timeline.every(({ at }, k) => at > (timeline[k - 1]?.at ?? 0) && at <= duration));
      assert.ok(result.steps.reduce((sum, step) => sum + step.distributions.response.count, 0) === planned);
      assert.ok(result.generator.loopUtilisation >= 0 && result.generator.loopUtilisation <= 1);
      if (duration === 0) assert.deepEqual([sent, result.valid, result.generator.loopUtilisation], [0, false, 0]);
      return partial === null ? 'whole' : 'partial';
    }),
  );
  assert.ok(
    outcomes.includes('not begun') && outcomes.includes('whole') && outcomes.includes('partial'),
    outcomes.join(),
  );
  assert.ok(performance.now() - began < 30_000);
});

test('iterations that are all done are the whole of it, also when it is stopped while users clean up', async (t) => {
  const stop = new AbortController();
  const url = await serve(t, () => 2);
  const cleaning = await serveHttp(t, (request, response) => {
    if (request.method !== 'DELETE') return response.end('ok');
    stop.abort(new Error('enough'));
    setTimeout(() => response.end('ok'), 100);
  });
  const options = { iterations: 40, users: 4, duration: 20 } as const;
  const flows = scenario({ flows: [flow([step()])], cleanUp: [step({ method: 'DELETE' })] });
  const result = await load(cleaning, { ...options, scenario: flows }, { stop: stop.signal });
  assert.ok(stop.signal.aborted, 'it was stopped');
  assert.deepEqual([result.sent, result.partial, result.endedBy], [40, null, 'plan']);
  assert.ok(result.duration < 20);
  // Stopped in the middle of them, it is a part.
  const early = new AbortController();
  const part = await load(
    url,
    { ...options, iterations: 100_000, duration: 20 },
    { stop: early.signal, onStart: () => void setTimeout(() => early.abort(new Error('enough')), 100) },
  );
  assert.deepEqual([part.partial, part.endedBy], ['enough', 'interrupt']);
});
