import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Distribution } from '../model/observation.ts';
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

/** What is known of recordings of one kind: how many, and their sum in ms. */
class Tally {
  count = 0;
  sum = 0;

  add(value: number, times = 1): void {
    this.count += times;
    this.sum += value * times;
  }
}

/** Both as a count and a sum in ns. */
const kept = ({ count, sum }: Tally) => [count, sum * 1e6];
const told = ({ count, sum }: Distribution) => [count, Math.round(sum * 1e9)];

/** All that happened to one step, kept the slow way: by block under way, and in all. */
class Ledger {
  readonly blocks: { completed: number; errors: number; response: Tally; service: Tally }[];
  readonly errors: Record<string, number> = {};
  readonly slip = new Tally();
  readonly firstByte = new Tally();
  readonly unsent = new Tally();
  ok = 0;
  bytes = 0;

  constructor(blocks: number) {
    this.blocks = Array.from({ length: blocks }, () => ({
      completed: 0,
      errors: 0,
      response: new Tally(),
      service: new Tally(),
    }));
  }

  all(key: 'response' | 'service'): Tally {
    const total = new Tally();
    for (const { [key]: part } of this.blocks) {
      total.count += part.count;
      total.sum += part.sum;
    }
    return total;
  }
}

const KINDS = [null, null, null, null, null, null, 'status-5xx', 'timeout', 'reset', 'connect'] as const;

test('thousands of answers with failures in between: each is once in its block, its second and the whole, to the nanosecond', () => {
  const random = seededRandom(11);
  const whole = (below: number) => Math.floor(random() * below);
  for (let round = 0; round < 60; round++) {
    const start = whole(1e6);
    const duration = [3000, 700, 2500, 6000][round % 4]!;
    const count = [1, 20, 7, 60][(round >> 2) % 4]!;
    const steps = 1 + (round % 3);
    // Every third run is cut short, and every fifth notices its end late.
    const cut = start + (round % 3 === 0 ? whole(duration) : duration);
    const noticed = cut === start + duration && round % 5 === 0 ? cut + 40 : cut;
    const end = start + duration;
    const { recorder: one, ticks, blocks } = recorder({ start, end, blocks: count, steps });
    const ledgers = Array.from({ length: steps }, () => new Ledger(count));
    const seconds = Array.from({ length: 7 }, () => ({ completed: 0, errors: 0, bytes: 0, response: new Tally() }));
    const blockAt = (now: number) => {
      const until = Math.min(now, cut);
      let block = 0;
      while (block < count - 1 && start + (block + 1) * (duration / count) <= until) block++;
      return block;
    };
    const times = Array.from({ length: 300 + whole(2700) }, () => start + whole(duration * 1.2)).sort((a, b) => a - b);
    let finished = false;
    for (const now of times) {
      if (!finished && now >= noticed) {
        one.finishTicks(cut);
        finished = true;
      }
      const intended = Math.max(start, now - whole(400));
      const writtenAt = Math.min(now, intended + whole(3));
      const firstByteAt = Math.min(now, writtenAt + whole(100));
      const counted = random() < 0.95;
      const index = whole(steps);
      const channel = { ...exchange(intended, counted, index), writtenAt, firstByteAt } as Channel;
      const kind = KINDS[whole(KINDS.length)]!;
      if (kind === null || kind === 'status-5xx') one.answered(channel, now, kind);
      else if (kind === 'connect') one.notWritten(index, kind, intended, counted, now);
      else one.failed(channel, kind, now);
      const bytes = kind === 'connect' ? 0 : 10;
      if (!finished && now < cut) {
        const second = seconds[Math.floor((now - start) / 1000)]!;
        second.completed++;
        second.bytes += bytes;
        if (kind !== null) second.errors++;
        second.response.add(now - intended);
      }
      if (counted) {
        const ledger = ledgers[index]!;
        const block = ledger.blocks[blockAt(now)]!;
        block.completed++;
        block.response.add(now - intended);
        ledger.bytes += bytes;
        if (kind === null) ledger.ok++;
        else {
          block.errors++;
          ledger.errors[kind] = (ledger.errors[kind] ?? 0) + 1;
        }
        if (kind === null || kind === 'status-5xx') ledger.firstByte.add(firstByteAt - writtenAt);
        if (kind !== 'connect') ledger.slip.add(writtenAt - intended);
        if (kind !== 'connect' && kind !== 'reset') block.service.add(now - writtenAt);
      }
      // The lane's timer, and a planned request that turns out to be one that is never sent.
      if (!finished && now < cut && random() < 0.01) one.flush(now);
      if (random() < 0.01) {
        ledgers[index]!.unsent.add(77, 3);
        one.unsent(index, 77, 3);
      }
    }
    if (!finished) one.finishTicks(cut);
    one.finishBlocks();
    const totals = one.steps(() => null);

    const seen = `round ${round}`;
    const last = blockAt(cut);
    const isTold = cut - (start + last * (duration / count)) >= duration / count / 2;
    assert.equal(blocks.length, isTold ? last + 1 : last, seen);
    for (const { block, steps: parts } of blocks) {
      for (const [i, part] of parts.entries()) {
        const { completed, errors, response, service } = ledgers[i]!.blocks[block]!;
        assert.deepEqual([part.completed, part.errors], [completed, errors], `${seen}, block ${block}`);
        assert.deepEqual(told(part.response), kept(response), `${seen}, block ${block}`);
        assert.deepEqual(told(part.service), kept(service), `${seen}, block ${block}`);
      }
    }
    for (const [i, total] of totals.entries()) {
      const ledger = ledgers[i]!;
      const response = ledger.all('response');
      const rest = isTold ? 0 : ledger.blocks[last]!.response.count;
      const inBlocks = blocks.reduce((sum, { steps: parts }) => sum + parts[i]!.response.count, 0);
      assert.equal(total.response.count, inBlocks + rest + ledger.unsent.count, seen);
      assert.deepEqual([total.ok, total.errors, total.bytes], [ledger.ok, ledger.errors, ledger.bytes], seen);
      assert.equal(total.sent, response.count, seen);
      response.add(77, ledger.unsent.count);
      assert.deepEqual(told(total.response), kept(response), seen);
      assert.deepEqual(told(total.service), kept(ledger.all('service')), seen);
      assert.deepEqual(told(total.slip), kept(ledger.slip), seen);
      assert.deepEqual(told(total.firstByte), kept(ledger.firstByte), seen);
    }
    assert.equal(ticks.length, Math.ceil((cut - start) / 1000), seen);
    for (const { second, completed, errors, bytes, response } of ticks) {
      const own = seconds[second]!;
      assert.deepEqual([completed, errors, bytes], [own.completed, own.errors, own.bytes], `${seen}, ${second} s`);
      assert.deepEqual(told(response), kept(own.response), `${seen}, ${second} s`);
    }
  }
});
