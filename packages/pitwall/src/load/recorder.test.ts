import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../stats/random.ts';
import type { Channel } from './channel.ts';
import type { RawBlock, RawTick } from './protocol.ts';
import { Recorder } from './recorder.ts';

type Tick = Omit<RawTick, 'loopUtilisation' | 'late'>;

function recorder({ start = 0, end = 1000, blocks = 10, steps = 1 }) {
  const ticks: Tick[] = [];
  const parts: RawBlock[] = [];
  const one = new Recorder({
    steps: Array.from({ length: steps }, () => ({ checks: 0 })),
    start,
    end,
    blocks,
    onTick: (tick) => ticks.push(tick),
    onBlock: (block) => parts.push(block),
    inFlight: () => 0,
  });
  return { recorder: one, ticks, blocks: parts };
}

/** An exchange that was intended and written at a time. */
function exchange(at: number, counted = true, step = 0): Channel {
  return {
    step,
    intended: at,
    writtenAt: at,
    firstByteAt: at,
    counted,
    bytes: 10,
    serverMs: NaN,
    dbMs: NaN,
  } as Channel;
}

test('an answer after the end is in the last block, also when nothing was heard for a while before', () => {
  const { recorder: one, blocks } = recorder({});
  one.answered(exchange(50), 60, null);
  // The thread was held up: the timer of the end comes after this.
  one.answered(exchange(110), 1001, null);
  one.finishTicks(1000);
  one.finishBlocks();
  assert.deepEqual(
    blocks.map(({ steps }) => steps[0]!.completed),
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  );
});

test('whatever comes when: seconds and blocks are whole, in order, and hold everything once', () => {
  const random = seededRandom(5);
  for (let round = 0; round < 300; round++) {
    const start = random() * 1e6;
    const duration = [250, 500, 1000, 1300, 4100, 3000 * random() + 200][round % 6]!;
    const cut = round % 3 === 0 ? random() * duration : duration;
    const steps = 1 + (round % 3);
    const count = 1 + Math.floor(random() * 40);
    const { recorder: one, ticks, blocks } = recorder({ start, end: start + duration, blocks: count, steps });
    const ends = Array.from({ length: Math.floor(random() * 200) }, () => start + (random() * 1.3 - 0.1) * duration);
    let sent = 0;
    let inside = 0;
    let finished = false;
    const finish = () => {
      one.finishTicks(start + cut);
      finished = true;
    };
    // The end may be noticed late.
    const noticed = start + cut + random() ** 4 * 50;
    for (const end of ends.sort((a, b) => a - b)) {
      if (!finished && end > noticed) finish();
      const counted = random() < 0.9;
      const step = Math.floor(random() * steps);
      const intended = end - random() * 300;
      const kind = random();
      if (kind < 0.6) one.answered(exchange(intended, counted, step), end, kind < 0.5 ? null : 'status-5xx');
      else if (kind < 0.9) one.failed(exchange(intended, counted, step), 'timeout', end);
      else one.notWritten(step, 'connect', intended, counted, end);
      if (counted) sent++;
      if (!finished && end >= start && end < start + duration) inside++;
      if (random() < 0.1 && !finished) one.flush(end);
    }
    if (!finished) finish();
    one.finishBlocks();
    const seen = `round ${round}`;
    const total = one.steps(() => null).reduce((sum, step) => sum + step.sent, 0);
    assert.equal(total, sent, seen);
    assert.deepEqual(
      ticks.map(({ second }) => second),
      ticks.map((_, i) => i),
    );
    assert.equal(
      ticks.reduce((sum, { completed }) => sum + completed, 0),
      inside,
      seen,
    );
    assert.ok(ticks.length === Math.ceil(cut / 1000 - 1e-9), `${seen}: ${ticks.length} ticks in ${cut}`);
    const inBlocks = blocks.flatMap((block) => block.steps).reduce((sum, { completed }) => sum + completed, 0);
    if (cut === duration) assert.deepEqual([blocks.length, inBlocks], [count, sent], seen);
    else assert.ok(inBlocks <= sent && blocks.length <= count, seen);
  }
});
