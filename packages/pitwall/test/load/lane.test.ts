import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { flow, scenario, step } from '../../src/load/scenario/testing.ts';
import { certificates, folderFor } from '../../src/load/transport-testing.ts';
import type { LoadOptions } from '../../src/model/load.ts';
import { runLanes } from './lanes.ts';

async function serve(t: TestContext, handler: RequestListener, server = createServer(handler)): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const options = (url: string, more: Partial<LoadOptions>): LoadOptions => ({
  url,
  endpoints: [],
  shape: 'closed',
  users: 5,
  duration: 1,
  warmup: 0,
  timeout: 1,
  workers: 1,
  seed: 1,
  allow: [],
  ...more,
});

/** Holds up the thread, as a garbage collection does. */
function hold(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('ended while users are overdue: none of them starts once the clean-up has begun', async (t) => {
  const read: Record<string, number> = {};
  const url = await serve(t, (request, response) => {
    read[request.url!] = (read[request.url!] ?? 0) + 1;
    response.end('ok');
  });
  const what = scenario({
    flows: [flow([step({ path: '/work' })])],
    cleanUp: [step({ name: 'delete', method: 'DELETE', path: '/delete' })],
  });
  const thinkTime = { distribution: 'uniform', min: 0.02, max: 0.04 } as const;
  const [run] = await runLanes(options(url, { scenario: what, thinkTime }), {
    onStart: (stop) =>
      setTimeout(() => {
        hold(50);
        stop();
      }, 150),
  });
  const { result } = run!;
  assert.deepEqual(result.cleanUp, { done: 5, failed: 0 });
  assert.equal(read['/work'], result.steps[0]!.sent);
  assert.deepEqual(result.steps[0]!.errors, {});
});

test('later steps that were due before the end are sent, however late the thread or the answers are', async (t) => {
  for (const late of ['thread', 'answers'] as const) {
    let end = Number.POSITIVE_INFINITY;
    const url = await serve(t, (_, response) => {
      // From 100 ms before the end nothing is answered until 50 ms after it.
      const wait = late === 'answers' && performance.now() > end - 100 ? end + 50 - performance.now() : 0;
      setTimeout(() => response.end('{}'), Math.max(0, wait));
    });
    const two = flow([step({ name: 'first', expected: 0.01 }), step({ name: 'second' })]);
    const load = {
      scenario: scenario({ flows: [two] }),
      shape: 'constant-rate',
      rate: 100,
      users: 60,
      duration: 0.5,
    } as const;
    const [run] = await runLanes(options(url, load), {
      onStart: () => {
        end = performance.now() + 3 + 500;
        if (late === 'thread') setTimeout(() => hold(120), end - 60 - performance.now());
      },
    });
    const { result } = run!;
    const [first, second] = result.steps;
    // Due at 0, 10, …, 490 ms, and the second steps 10 ms later: the one that is due at the end is not in the plan.
    assert.equal(first!.sent + result.unsent, 50);
    const due = Math.min(first!.sent, 49);
    assert.ok(due >= 40, `${first!.sent}`);
    assert.equal(second!.sent, due, `${late}: ${first!.sent} first steps, ${second!.sent} second ones`);
    assert.equal(second!.ok, due);
    if (late === 'answers') assert.ok(second!.response.max >= 0.1, `${second!.response.max}`);
  }
});

test('an iteration for which a feeder has no row is unsent in open shapes', async (t) => {
  const url = await serve(t, (_, response) => response.end('{}'));
  const rows = Array.from({ length: 20 }, (_, i) => ({ n: String(i) }));
  const what = scenario({
    flows: [flow([step({ path: '/{{n}}' })])],
    feeders: [{ name: 'rows', order: 'once', rows }],
  });
  const [run] = await runLanes(options(url, { scenario: what, shape: 'constant-rate', rate: 100, duration: 0.5 }), {
    overEndsAll: false,
  });
  const { result } = run!;
  assert.equal(result.steps[0]!.sent, 20);
  assert.equal(result.unsent, 30);
  assert.equal(result.steps[0]!.response.count, 50);
});

test("flows on connections that are made anew for each step: connecting is neither the generator's lateness nor cut off at the end", async (t) => {
  const { server, ca } = await certificates(await folderFor(t));
  const handler: RequestListener = (_, response) => response.setHeader('Connection', 'close').end('{}');
  const slow = createSecureServer({ ...server, SNICallback: (_, done) => setTimeout(done, 60, null) }, handler);
  const url = await serve(t, handler, slow);
  const two = flow([step({ name: 'first', expected: 0.15 }), step({ name: 'second' })]);
  const load = {
    scenario: scenario({ flows: [two] }),
    shape: 'constant-rate',
    rate: 40,
    users: 40,
    duration: 1,
  } as const;
  const tls = { ca, servername: 'localhost', resume: false };
  const [run] = await runLanes(options(url.replace('http:', 'https:'), load), { to: { tls } });
  const { result } = run!;
  assert.ok(result.steps[1]!.sent > 20, `${result.steps[1]!.sent} second steps`);
  assert.deepEqual(
    result.steps.map(({ errors }) => errors),
    [{}, {}],
  );
  assert.ok(result.steps[1]!.slip.min >= 0.05, `${result.steps[1]!.slip.min} s to connect`);
  const late = result.lateness.histogram!.buckets;
  assert.ok(
    result.late < result.lateness.count / 2,
    `${result.late} of ${result.lateness.count} late: ${JSON.stringify(late)}`,
  );
});

test('over HTTP/2, giving one request up at the end lets the next one be written: that one is given up and counted, too', async (t) => {
  const server = createHttp2Server({ settings: { maxConcurrentStreams: 1 } });
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream) => stream.on('error', () => {}));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const what = scenario({ flows: [flow([step()])], cleanUp: [step({ name: 'delete' })] });
  const load = {
    scenario: what,
    protocol: 'http2',
    shape: 'constant-rate',
    rate: 20,
    users: 4,
    duration: 0.2,
  } as const;
  const [run] = await runLanes(options(url, { ...load, timeout: 0.4 }));
  const { steps, unsent, cleanUp } = run!.result;
  assert.equal(steps[0]!.sent + unsent, 4, JSON.stringify({ unsent, ...steps[0]!.errors }));
  assert.deepEqual(cleanUp, { done: 0, failed: 4 });
});
