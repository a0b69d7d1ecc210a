import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../stats/random.ts';
import type { RawTick } from './protocol.ts';
import { blockOf, Seconds } from './timeline.ts';

const NOTHING = { count: 0, sum: 0, min: 0, max: 0 };

function tick(second: number, completed: number): RawTick {
  return { second, completed, errors: 0, bytes: 0, inFlight: 0, response: NOTHING, loopUtilisation: 0.1, late: 0 };
}

test('seconds come out whole, in order, each once, whoever ends when', () => {
  const random = seededRandom(1);
  for (let round = 0; round < 500; round++) {
    const count = 1 + Math.floor(random() * 4);
    // How many seconds each worker tells of before it ends.
    const lengths = Array.from({ length: count }, () => Math.floor(random() * 6));
    const told = lengths.map(() => 0);
    const ended = new Set<number>();
    const seconds = new Seconds(count);
    const out: RawTick[] = [];
    let sum = 0;
    while (ended.size < count) {
      const worker = Math.floor(random() * count);
      if (ended.has(worker)) continue;
      if (told[worker] === lengths[worker]) {
        ended.add(worker);
        out.push(...seconds.end(worker));
        continue;
      }
      const completed = Math.floor(random() * 100);
      sum += completed;
      const whole = seconds.add(worker, tick(told[worker]!++, completed));
      for (const { second } of whole) {
        assert.ok(
          lengths.every((_, each) => ended.has(each) || told[each]! > second),
          'not whole yet',
        );
      }
      out.push(...whole);
    }
    assert.deepEqual(
      out.map(({ second }) => second),
      Array.from({ length: Math.max(...lengths) }, (_, i) => i),
    );
    assert.equal(
      out.reduce((total, { completed }) => total + completed, 0),
      sum,
    );
  }
});

test('the last block of a run that was cut short is as long as it was', () => {
  const raw = { block: 3, steps: [{ completed: 7, errors: 0, response: NOTHING, service: NOTHING }] };
  const named = [{ name: 'a' }];
  assert.deepEqual([blockOf(raw, named, 20).at, blockOf(raw, named, 20).duration], [3, 1]);
  assert.equal(blockOf(raw, named, 20, 3.6).duration.toFixed(6), '0.600000');
  assert.equal(blockOf(raw, named, 20, 12).duration, 1);
});
