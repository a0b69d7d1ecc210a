import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { startShop } from '../support/shop-process.ts';
import { assertSaid, writeConfig } from './bad-support.ts';
import { assertReported, keptRuns, load, shopHere, streamed, until } from './load-support.ts';
import { inFolder } from './support.ts';

/** What happens to the service in the middle of a load. These tests wait more than they work. */

/** A shop that answers after 10 ms, and four users who load it for so long. `stream` is where the load writes its seconds. */
async function shopUnderLoad(t: TestContext, cwd: string, duration: string) {
  const shop = await startShop(t);
  shop.set({ delay: 10 });
  const stream = join(cwd, 'ticks.jsonl');
  const how = ['--users', '4', '--warmup', '0', '--duration', duration, '--json', '--stream', stream];
  return { shop, stream, ending: load(['--url', shop.url, ...how], { cwd }) };
}

describe('in the middle of a run', { concurrency: true }, () => {
  it(
    'killed in the middle: the run ends some five seconds later, and what was measured is kept',
    {
      timeout: 60_000,
    },
    (t) =>
      inFolder(async (cwd) => {
        const { shop, ending, stream } = await shopUnderLoad(t, cwd, '60s');
        await until(() => streamed(stream, 'tick').length >= 2);
        await shop.kill();
        const died = performance.now();
        const ended = await ending;
        const took = (performance.now() - died) / 1000;
        assertSaid(
          ended,
          3,
          /ended early: the service has not answered with success since second \d+ \(\d+ requests failed\)\.\nhint: Look at/,
        );
        const result = await assertReported(ended, cwd);
        assert.equal(result.endedBy, 'target-lost');
        assert.match(result.partial ?? '', /not answered with success/);
        assert.ok(result.ok > 0 && result.errors.connect! > 0, JSON.stringify(result.errors));
        assert.ok(took > 2 && took < 40, `${took} s`);
        assert.ok(result.duration < 50, `${result.duration} s`);
        assert.deepEqual(streamed(stream, 'end')[0]?.endedBy, 'target-lost');
      }),
  );

  it('gone for a moment and back: the run goes on, and the requests in between are errors', { timeout: 60_000 }, (t) =>
    inFolder(async (cwd) => {
      const { shop, ending, stream } = await shopUnderLoad(t, cwd, '8s');
      await until(() => streamed(stream, 'tick').length >= 1);
      await shop.kill();
      await setTimeout(300);
      await startShop(t, shop.port);
      const ended = await ending;
      const result = await assertReported(ended, cwd);
      assert.deepEqual([result.endedBy, result.partial], ['plan', null]);
      assert.equal(result.duration, 8);
      assert.ok(result.errors.connect! > 0, JSON.stringify(result.errors));
      assert.ok(result.timeline.at(-2)!.completed > result.timeline.at(-2)!.errors, 'it was loaded again to the end');
      assert.ok(result.warnings.some((warning) => /of the requests failed .*connect/.test(warning)));
    }),
  );

  it('abort rules: too many errors, and a p99 that is too high', { timeout: 60_000 }, (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t, { delay: 60 });
      const configure = (abort: object) =>
        writeConfig(cwd, {
          targets: { web: { integration: 'http', url: shop.url, endpoints: ['/', '/products', '/nowhere'] } },
          load: { users: 4, warmup: '0s', duration: '30s', abort },
        });
      configure({ errors: '20%', over: '1s' });
      const failing = await load(['--json'], { cwd });
      assertSaid(failing, 1, /ended early: 3\d\.\d % of the requests failed over 1 s \(abort rule: 20 %\)\./);
      assert.equal((await assertReported(failing, cwd)).endedBy, 'abort-rule');
      configure({ p99: '50ms', over: '2s' });
      const slow = await load(['--json'], { cwd });
      assertSaid(slow, 1, /the p99 of the response time was 0\.\d+ s or more in each of 2 s \(abort rule: 0\.05 s\)/);
      const result = await assertReported(slow, cwd);
      assert.ok(result.duration >= 2 && result.duration < 15, `${result.duration} s`);
      assert.equal((await keptRuns(cwd)).length, 2);
    }),
  );
});
