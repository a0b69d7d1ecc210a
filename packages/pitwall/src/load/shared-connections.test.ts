import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { test } from 'node:test';
import { runLoadSlice } from './engine.ts';
import { endpoint, listen, load } from './testing.ts';

test('HTTP/2: the connections that were asked for are dealt to the workers, none more and none less', async (t) => {
  const server = http2.createServer((_, response) => response.end('ok'));
  const url = `http://127.0.0.1:${await listen(t, server)}`;
  const opened = async (connections: number, workers: number) => {
    const options = { protocol: 'http2', users: 30, duration: 0.2, connections, workers } as const;
    return (await load(url, options)).connections.opened;
  };
  assert.equal(await opened(10, 3), 10);
  assert.equal(await opened(3, 3), 3);
});

test('HTTP/2: fewer connections than workers are refused before anything is sent, also when workers are elsewhere', async () => {
  const options = { protocol: 'http2', users: 30, connections: 2 } as const;
  const problem = /each of the 3 workers needs a connection of its own, and connections is 2/;
  await assert.rejects(load('http://127.0.0.1:9', { ...options, workers: 3 }), {
    code: 'LOAD_OPTIONS_INVALID',
    message: problem,
  });
  const plan = {
    ...options,
    url: 'http://127.0.0.1:9',
    endpoints: [endpoint('/')],
    shape: 'closed',
    duration: 1,
    warmup: 0,
    timeout: 1,
    workers: 1,
    seed: 1,
    allow: [],
  } as const;
  const elsewhere = runLoadSlice(plan, { offset: 0, count: 1, of: 3 }, { signal: new AbortController().signal });
  await assert.rejects(elsewhere, { code: 'LOAD_OPTIONS_INVALID', message: problem });
  // In HTTP/1.1 nobody shares a connection.
  await assert.rejects(load('http://127.0.0.1:9', { ...options, protocol: 'http1', workers: 3 }), {
    code: 'LOAD_UNREACHABLE',
  });
});
