import assert from 'node:assert/strict';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { flow, scenario, step } from '../../src/load/scenario/testing.ts';
import { runLanes } from './lanes.ts';

test('a request that was given up while it waited for a stream does not take the turn of the next one, nor is that sent twice', async (t) => {
  const read = new Map<string, number>();
  const server = http2.createServer({ settings: { maxConcurrentStreams: 1 } });
  server.on('stream', (stream, headers) => {
    const path = String(headers[':path']);
    read.set(path, (read.get(path) ?? 0) + 1);
    stream.on('error', () => {});
    setTimeout(() => {
      if (stream.destroyed) return;
      stream.respond({ ':status': 200 });
      stream.end('ok');
    }, 12);
  });
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  const [run] = await runLanes({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    endpoints: [],
    scenario: scenario({ flows: [flow([step({ path: '/{{$user}}/{{$iteration}}' })])] }),
    protocol: 'http2',
    shape: 'closed',
    // One after the other: the last ones in the queue wait longer than they have the patience for.
    users: 20,
    duration: 0.8,
    warmup: 0,
    timeout: 0.15,
    workers: 1,
    seed: 1,
    allow: [],
  });
  const { sent, ok, errors } = run!.result.steps[0]!;
  assert.ok(ok > 10 && errors.timeout! >= 2, JSON.stringify({ sent, ok, errors }));
  assert.deepEqual(
    [...read].filter(([, times]) => times > 1),
    [],
  );
  assert.ok(sent >= read.size && ok <= read.size);
});
