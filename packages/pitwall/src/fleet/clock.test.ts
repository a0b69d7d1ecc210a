import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../stats/random.ts';
import { type ClockSample, measureClock, offsetOf, wallClockOffset } from './clock.ts';

test('the truth lies within the uncertainty, however the way there and back differ', () => {
  const random = seededRandom(1);
  for (let run = 0; run < 500; run++) {
    const truth = (random() - 0.5) * 1e7;
    const samples = Array.from({ length: 12 }, (_, i): ClockSample => {
      const sent = i * 10;
      const there = random() ** 4 * 50;
      const back = random() ** 4 * 50;
      return { sent, store: sent + there + truth, received: sent + there + back };
    });
    const { offset, uncertainty } = offsetOf(samples);
    assert.ok(Math.abs(offset - truth) <= uncertainty + 1e-6, `${offset} ± ${uncertainty}, really ${truth}`);
    assert.equal(uncertainty, Math.min(...samples.map(({ sent, received }) => received - sent)) / 2);
  }
});

test('a store whose clock is an hour ahead is seen to be', async () => {
  let at = 1000;
  const { offset, uncertainty } = await measureClock(
    async (work) =>
      work({
        query: async () => {
          at += 2;
          const store = at + 3_600_000;
          at += 2;
          return [{ now: store }] as never;
        },
      }),
    () => at,
  );
  assert.equal(offset, 3_600_000);
  assert.equal(uncertainty, 2);
});

test('the wall clock is read to a fraction of a millisecond, though it shows whole ones', () => {
  for (const start of [0.1, 0.5, 0.95]) {
    let at = start;
    const now = () => {
      at += 0.01;
      return at;
    };
    const offset = wallClockOffset(now, () => Math.floor(at + 1e6));
    assert.ok(Math.abs(offset - 1e6) < 0.03, `${offset}`);
  }
  assert.ok(Math.abs(wallClockOffset(() => performance.now()) - (Date.now() - performance.now())) < 1000);
});
