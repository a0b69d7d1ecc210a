import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { listen } from '../load/testing.ts';
import { duet } from './duet.ts';
import { SHORT_LOAD, sharedSession } from './session-testing.ts';

/** What ends a duet before its time, interruptions aside. */
const shared = sharedSession([5]);
const overrides = SHORT_LOAD;
const signal = AbortSignal.timeout(240_000);

/** A service that answers each request with what `status` says of its number. */
async function answering(t: TestContext, status: (request: number) => number): Promise<string> {
  let requests = 0;
  const port = await listen(
    t,
    createServer((_, response) => response.writeHead(status(requests++)).end('x')),
  );
  return `http://127.0.0.1:${port}`;
}

test('too many spoiled pairs end it: the rest would be for nothing', async (t) => {
  const pairs: number[] = [];
  const running = duet(shared.session, {
    signal,
    a: shared.urls[0]!,
    b: await answering(t, () => 500),
    overrides: { ...overrides, duration: 1.35, warmup: 0 },
    timing: { block: 0.1, settle: 0.05 },
    onPair: (pair) => pairs.push(pair),
  });
  await assert.rejects(running, {
    code: 'DUET_SPOILED',
    message: /^Only 0 of 2 pairs of blocks were valid, so there is no verdict: None of the .* requests/,
  });
  assert.deepEqual(pairs, [1, 2], 'of thirteen, twelve have to be valid');
});

test('an abort rule of the load ends it as it ends a load', async (t) => {
  const running = duet(shared.session, {
    signal,
    a: shared.urls[0]!,
    b: await answering(t, (request) => (request % 2 === 0 ? 200 : 500)),
    overrides: {
      ...overrides,
      duration: 1.2,
      warmup: 0,
      abort: { errorRatio: 0.2, p99: null, over: 1, danger: false },
    },
    timing: { block: 0.1, settle: 0.05 },
  });
  await assert.rejects(running, {
    code: 'LOAD_ABORTED',
    message: /^The load was ended early: http:\/\/127\.0\.0\.1:\d+: \d\d\.\d % of the requests failed over 1 s/,
  });
});

test('a service that goes away after enough pairs: those are compared, and it is said', async (t) => {
  const server = createServer((_, response) => response.end('x'));
  const b = `http://127.0.0.1:${await listen(t, server)}`;
  const failures: (string | undefined)[] = [];
  const report = await duet(shared.session, {
    signal,
    a: shared.urls[0]!,
    b,
    overrides: { ...overrides, duration: 1.35, warmup: 0 },
    timing: { block: 0.1, settle: 0.05 },
    onPair: (pair) => pair === 13 && server.close().closeAllConnections(),
    onEndedEarly: (made, pairs, failure) => failures.push(`${made} of ${pairs}`, failure?.code),
  });
  assert.deepEqual(failures, ['12 of 13', 'LOAD_TARGET_LOST']);
  assert.equal(report.comparison!.a.blocks, 12);
  assert.match(
    report.comparison!.cautions[0]!,
    /^It was ended after 12 of 13 pairs of blocks: The load was ended early: No load/,
  );
});

test('a danger to this host that lasts longer than a block ends it', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'pitwall-duet-danger-'));
  t.after(() => rm(folder, { recursive: true }));
  const [proc, sys] = [join(folder, 'proc'), join(folder, 'sys')];
  await mkdir(proc);
  await mkdir(sys);
  await writeFile(join(proc, 'meminfo'), 'MemTotal: 1000 kB\nMemAvailable: 20 kB\n');
  const { session } = shared;
  const running = duet(
    { ...session, environment: { ...session.environment, proc, sys } },
    {
      signal,
      a: shared.urls[0]!,
      b: await answering(t, () => 200),
      overrides: {
        ...overrides,
        duration: 2,
        warmup: 0,
        abort: { errorRatio: null, p99: null, over: 10, danger: true },
      },
      // Longer than the three looks, a second apart, that a danger takes.
      timing: { block: 0.1, settle: 0.3 },
    },
  );
  await assert.rejects(running, {
    code: 'LOAD_DANGER',
    message: 'The load was ended early to spare this host: Only 2 % of the memory is still available.',
  });
});
