import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { run } from './bad-support.ts';
import { assertReported, load, shopHere } from './load-support.ts';
import { inFolder } from './support.ts';

/** The loads of the runbooks, by their names. */

describe('presets', { concurrency: 2, timeout: 120_000 }, () => {
  it('are listed without a configuration', () =>
    inFolder(async (cwd) => {
      const { status, stdout, stderr } = await run(['load', '--preset', 'list'], { cwd });
      assert.deepEqual([status, stderr], [0, '']);
      for (const name of ['light', 'moderate', 'heavy', 'stress', 'per-endpoint', 'normal', 'peak', 'batch']) {
        assert.match(stdout, new RegExp(`^${name} +\\S`, 'm'));
      }
      for (const line of stdout.split('\n')) assert.ok(line.length <= 120, line);
    }));

  const COUNTED = { light: [50, 10], stress: [1000, 100], batch: [1000, 50] } as const;
  for (const [name, [requests, users]] of Object.entries(COUNTED)) {
    it(`${name}: so many requests, and then it is over`, (t) =>
      inFolder(async (cwd) => {
        const shop = await shopHere(t, { delay: 5 });
        const ended = await load(['--url', shop.url, '--preset', name, '--json'], { cwd });
        const result = await assertReported(ended, cwd);
        assert.deepEqual([result.planned, result.sent, result.users], [requests, requests, users], ended.stderr);
        assert.deepEqual([result.endedBy, result.partial, result.shape], ['plan', null, 'closed']);
        assert.ok(result.duration < 30, `${result.duration} s`);
      }));
  }

  it('per-endpoint: each of them by itself', (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t);
      const args = [
        '--url',
        shop.url,
        '--endpoint',
        '/',
        '--endpoint',
        '/products',
        '--preset',
        'per-endpoint',
        '--json',
      ];
      const result = await assertReported(await load(args, { cwd }), cwd);
      assert.deepEqual(
        result.steps.map(({ sent }) => sent),
        [100, 100],
      );
    }));

  it('per-endpoint with a number of its own, and what is seen of it', (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t);
      const where = ['--url', shop.url, '--endpoint', '/', '--endpoint', '/products'];
      const args = [
        'load',
        '--no-self-test',
        ...where,
        '--preset',
        'per-endpoint',
        '--iterations',
        '30',
        '--users',
        '3',
      ];
      const ended = await run([...args, '--json'], { cwd });
      const result = await assertReported(ended, cwd);
      assert.deepEqual(
        result.steps.map(({ sent }) => sent),
        [30, 30],
      );
      assert.match(ended.stderr, /: closed loop, 30 requests by 3 users for each of 2 endpoints, http/);
      assert.match(ended.stderr, /^60 of 60 requests after .+: [\d.,]+ requests\/s, /m);
    }));

  it('normal, shortened: users who think', (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t);
      const short = ['--users', '5', '--warmup', '0', '--ramp-up', '200ms', '--duration', '2s'];
      const ended = await load(['--url', shop.url, '--preset', 'normal', ...short, '--json'], { cwd });
      assert.equal(ended.status, 0, ended.stderr);
      const { users, sent } = await assertReported(ended, cwd);
      // Half a second to two between requests.
      assert.ok(users === 5 && sent >= 5 && sent <= 25, `${sent} sent by ${users}`);
    }));

  it('a number of requests without a preset, and a time that was too short for it', (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t, { delay: 20 });
      const args = ['load', '--no-self-test', '--url', shop.url, '--users', '4', '--json', '--iterations'];
      const whole = await run([...args, '10'], { cwd });
      const { sent, endedBy } = await assertReported(whole, cwd);
      // Of a warm-up nothing: the service has seen as many.
      assert.deepEqual([sent, endedBy, whole.status], [10, 'plan', 0], whole.stderr);
      assert.doesNotMatch(whole.stderr, /The time was over first/);
      const short = await run([...args, '1000', '--duration', '1s'], { cwd });
      const result = await assertReported(short, cwd);
      assert.ok(result.sent > 4 && result.sent < 1000, `${result.sent}`);
      assert.match(
        short.stderr,
        new RegExp(`^The time was over first: ${result.sent} of 1,000 requests were sent within 1 s\\.$`, 'm'),
      );
    }));

  it('light for a time: with --duration it counts seconds instead of requests', (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t, { delay: 2 });
      const args = ['--url', shop.url, '--preset', 'light', '--duration', '1s', '--json'];
      const { sent, duration } = await assertReported(await load(args, { cwd }), cwd);
      assert.equal(duration, 1);
      assert.ok(sent > 50, `${sent} sent`);
    }));
});
