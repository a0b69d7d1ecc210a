import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Random } from '../../stats/random.ts';
import { seededRandom } from '../../stats/random.ts';
import { BUSY, type Channel, CONNECTING, DOWN, IDLE, type Transport } from '../channel.ts';
import { compileScenario } from './compile.ts';
import { Errands } from './errands.ts';
import type { Errand } from './plan.ts';
import { flow, scenario, step } from './testing.ts';
import { User } from './users.ts';

/** What becomes of a connection or a request, at once or a moment later. */
type Fate = 'fine' | 'bad' | 'failed' | 'closes';

/** Channels without a network; `fate` decides about each connection and request. */
function fakeTransport(users: number, fate: (what: 'connect' | 'request') => Fate, state = DOWN) {
  let errands: Errands | null = null;
  let underWay = 0;
  let most = 0;
  const channels = Array.from({ length: users }, (_, index) => {
    const channel = {
      index,
      state,
      status: 200,
      open() {
        assert.equal(channel.state, DOWN);
        channel.state = CONNECTING;
        setImmediate(() => {
          const failed = fate('connect') === 'failed';
          channel.state = failed ? DOWN : IDLE;
          if (failed) errands!.failed(channel as unknown as Channel, 'connect', 'refused');
          else errands!.opened(channel as unknown as Channel);
        });
      },
      send() {
        assert.equal(channel.state, IDLE);
        channel.state = BUSY;
        most = Math.max(most, ++underWay);
        setImmediate(() => {
          underWay--;
          const what = fate('request');
          channel.status = what === 'bad' ? 500 : 200;
          channel.state = what === 'fine' || what === 'bad' ? IDLE : DOWN;
          if (what === 'failed') errands!.failed(channel as unknown as Channel, 'reset', 'hung up');
          else errands!.answered(channel as unknown as Channel, performance.now());
        });
      },
      expire() {},
    };
    return channel;
  });
  const transport = { channels, encode: (request: unknown) => request } as unknown as Transport;
  return {
    transport,
    most: () => most,
    run(errand: Errand, limit: number) {
      const all = channels.map(({ index }) => new User(index, index, 1, null));
      errands = new Errands(errand, transport, all, 1000);
      return errands.run(limit);
    },
  };
}

async function errandOf(paths: readonly string[], feed: Errand['feed'] = () => null, skips = false): Promise<Errand> {
  const what = scenario({
    variables: { dash: '-' },
    flows: [flow([step({ extract: [{ as: 'id', from: 'regex', pattern: 'x', group: 0 }] })])],
    cleanUp: paths.map((path, i) => step({ name: `step ${i}`, path })),
  });
  const { cleanUp } = await compileScenario(what, 1);
  return { steps: cleanUp.steps, skips, feed };
}

const drawn = (random: Random, share: number): Fate =>
  random() >= share ? 'fine' : (['bad', 'failed', 'closes'] as const)[Math.floor(random() * 3)]!;

test('every user gets through or fails, whatever becomes of requests and connections; a few at a time', async () => {
  const errand = await errandOf(['/a', '/b']);
  for (const [seed, users, trouble] of [
    [1, 1, 0],
    [2, 100, 0],
    [3, 100, 0.1],
    [4, 40, 0.6],
  ] as const) {
    const random = seededRandom(seed);
    const fake = fakeTransport(users, () => drawn(random, trouble));
    const { done, failed, reason } = await fake.run(errand, 20_000);
    assert.ok(done <= 2 * users && done >= 2 * (users - failed), `${done} done, ${failed} of ${users} failed`);
    if (trouble === 0) assert.deepEqual([done, failed, reason], [2 * users, 0, '']);
    if (trouble > 0.5) assert.ok(failed > 0 && reason !== '');
    assert.ok(fake.most() <= 32);
  }
});

test('tens of thousands of users who have nothing to send with, one after the other', async () => {
  // No row for anybody, and a value that nobody has.
  const dry = await errandOf(['/a'], () => 'the feeder ran dry');
  const unknown = await errandOf(['/orders/{{id}}']);
  for (const [errand, because] of [
    [dry, /ran dry/],
    [unknown, /step 0: .*id.* has no value yet/],
  ] as const) {
    for (const state of [DOWN, IDLE]) {
      const users = state === DOWN && errand === unknown ? 200 : 30_000;
      const { done, failed, reason } = await fakeTransport(users, () => 'fine', state).run(errand, 20_000);
      assert.deepEqual([done, failed], [0, users]);
      assert.match(reason, because);
    }
  }
});

test('cleaning up, a step whose value the user never got is not needed, and the steps after it are done', async () => {
  const errand = await errandOf(['/orders/{{id}}', '/logout', '/orders/{{id}}'], () => null, true);
  for (const state of [DOWN, IDLE]) {
    const result = await fakeTransport(40, () => 'fine', state).run(errand, 20_000);
    assert.deepEqual(result, { done: 40, failed: 0, reason: '' });
  }
  // Only what is missing is not needed: what was tried and failed has failed.
  const { done, failed } = await fakeTransport(3, () => 'bad').run(errand, 20_000);
  assert.deepEqual([done, failed], [0, 3]);
  const nothing = await errandOf(['/orders/{{id}}'], () => null, true);
  for (const state of [DOWN, IDLE]) {
    const nobody = fakeTransport(30_000, () => assert.fail('nobody has anything to send'), state);
    assert.deepEqual(await nobody.run(nothing, 20_000), { done: 0, failed: 0, reason: '' });
  }
});

test('a limit beyond what a timer can hold is long, not over at once', async () => {
  const errand = await errandOf(['/a']);
  assert.deepEqual(await fakeTransport(3, () => 'fine').run(errand, 2 ** 31 + 60_000), {
    done: 3,
    failed: 0,
    reason: '',
  });
});

test('what takes too long has failed', async () => {
  const errand = await errandOf(['/a']);
  const fake = fakeTransport(50, () => 'bad');
  const { done, failed } = await fake.run(errand, 100);
  assert.deepEqual([done, failed], [0, 50]);
});
