import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { watchAccessLog } from '../../src/engine/ledger/access-log-truth.ts';
import { loadLedger } from '../../src/engine/ledger/load-ledger.ts';
import { runLoad } from '../../src/load/engine.ts';
import { endpoint, listen } from '../../src/load/testing.ts';
import { folderFor } from '../../src/load/transport-testing.ts';
import type { ServerTruth } from '../../src/model/ledger.ts';
import type { LoadOptions, LoadResult } from '../../src/model/load.ts';
import type { Report } from '../../src/model/report.ts';
import { truthSentences } from '../../src/report/content/server-truth.ts';
import { freePort } from '../support/free-port.ts';
import { noNginx, startNginx } from '../support/nginx.ts';

/** The service's own time, by the log of a real nginx, and by headers: it tells a slow service from a slow way to it. */

const DELAY = 12;

/** `/slow` answers after 12 ms and a little, and keeps the books about how long it really took. */
function shop(): { readonly listener: RequestListener; readonly slow: number[] } {
  const slow: number[] = [];
  const listener: RequestListener = (request, response) => {
    const start = performance.now();
    const isSlow = request.url!.startsWith('/slow');
    const answer = () => {
      const took = performance.now() - start;
      if (isSlow) slow.push(took / 1000);
      response.setHeader('Server-Timing', `total;dur=${took.toFixed(3)}`);
      response.end('ok');
    };
    if (isSlow) setTimeout(answer, DELAY);
    else answer();
  };
  return { listener, slow };
}

/** A way that takes so many ms longer, in one direction. */
async function longWay(t: TestContext, to: number, ms: number): Promise<number> {
  return listen(
    t,
    net.createServer((client) => {
      const server = net.connect(to, '127.0.0.1');
      client.on('data', (data) => setTimeout(() => server.write(data), ms));
      server.on('data', (data) => client.write(data));
      client.on('close', () => server.destroy());
      server.on('close', () => client.destroy());
      server.on('error', () => client.destroy());
    }),
  );
}

function options(port: number, more: Partial<LoadOptions>): LoadOptions {
  return {
    url: `http://127.0.0.1:${port}`,
    endpoints: [endpoint('/slow'), endpoint('/quick?a=1')],
    shape: 'closed',
    users: 4,
    duration: 1,
    warmup: 0.3,
    timeout: 5,
    workers: 1,
    seed: 1,
    allow: [],
    ...more,
  };
}

/** Runs a load and asks each log about it. */
async function measured(given: LoadOptions, logs: readonly (readonly [file: string, format: string | null])[]) {
  const { signal } = new AbortController();
  const watched = await Promise.all(logs.map(([file, format]) => watchAccessLog(file, format)));
  let measuredAt = 0;
  const result = await runLoad(given, {
    signal,
    onStart: (at) => {
      measuredAt = at / 1000;
    },
  });
  const told = [];
  for (const log of watched) told.push(await log.read({ options: given, result, measuredAt, signal }));
  return { result, told };
}

function rowOf(truth: readonly ServerTruth[], step: string): ServerTruth {
  const row = truth.find((each) => each.step === step);
  assert.ok(row, `no ${step} in ${JSON.stringify(truth)}`);
  return row;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function said(result: LoadResult, log: Parameters<typeof loadLedger>[1]['log']): string {
  const ledger = loadLedger(result, { target: 'shop', readings: [], log });
  return truthSentences({ load: result, ledger } as Report).join(' ');
}

test('nginx before a service of known delay: its log in three formats, and a long way to it', {
  skip: noNginx,
  timeout: 60_000,
}, async (t) => {
  const folder = await folderFor(t);
  const { listener, slow } = shop();
  const service = await listen(t, createServer(listener));
  const port = await freePort();
  const fine = '$remote_addr|$msec|$request_method|$request_uri|$status|$request_time|$http_user_agent';
  const usual =
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';
  const json =
    '{"msec":$msec,"request_method":"$request_method","request_uri":"$request_uri","status":$status,"request_time":$request_time,"http_user_agent":"$http_user_agent"}';
  const log = (name: string) => join(folder, `${name}.log`);
  await startNginx(
    t,
    folder,
    `log_format fine '${fine}'; log_format usual '${usual} rt=$request_time urt=$upstream_response_time'; log_format json escape=json '${json}';
     upstream shop { server 127.0.0.1:${service}; keepalive 16; }
     server { listen 127.0.0.1:${port}; access_log ${log('fine')} fine; access_log ${log('usual')} usual; access_log ${log('json')} json;
       location / { proxy_pass http://shop; proxy_http_version 1.1; proxy_set_header Connection ""; } }`,
    port,
  );
  // Somebody else has used it before, and uses it meanwhile.
  const stranger = setInterval(() => {
    fetch(`http://127.0.0.1:${port}/slow`).then(
      (response) => response.arrayBuffer(),
      () => {},
    );
  }, 50);
  t.after(() => clearInterval(stranger));
  await new Promise((resolve) => setTimeout(resolve, 120));

  slow.length = 0;
  const direct = await measured(options(port, { duration: 3 }), [
    [log('fine'), fine],
    [log('usual'), null],
    [log('json'), null],
  ]);
  const truth = mean(slow);
  const [fineTold, usualTold, jsonTold] = direct.told;
  for (const told of [fineTold!, usualTold!, jsonTold!]) {
    const row = rowOf(told.truth, '/slow');
    // nginx measures in ms, around the service.
    assert.ok(
      row.serverMean > truth - 0.0015 && row.serverMean < truth + 0.008,
      `${row.serverMean} s, and in truth ${truth}`,
    );
    assert.ok(row.between.mean > -0.0015 && row.between.mean < 0.01, `${row.between.mean}`);
    assert.ok(rowOf(told.truth, '/quick?a=1').serverMean < row.serverMean - 0.008);
    assert.equal(row.resolution, 0.001);
    assert.match(told.notes.join(), /\d+ requests of other clients in the service's log are left out/);
    // Stretches of 150 ms: at its edge a line can fall into the one beside that of its request.
    const sane = told.overTime.filter(({ client, server }) => client > server - 0.002);
    assert.ok(sane.length >= 1 && sane.length >= 0.8 * told.overTime.length, JSON.stringify(told.overTime));
  }
  const all = rowOf(fineTold!.truth, '/slow');
  assert.ok(Math.abs(all.server - all.client) <= 8, `${all.server} of ${all.client} lines`);
  assert.equal(rowOf(jsonTold!.truth, '/slow').server, all.server);
  // Of a log with whole seconds: only those that lie inside.
  const coarse = rowOf(usualTold!.truth, '/slow');
  assert.ok(coarse.server >= all.server / 2 && coarse.server < all.server, `${coarse.server} of ${all.server}`);
  assert.ok(fineTold!.overTime.length >= 10 && usualTold!.overTime.length <= 2);

  const farther = await longWay(t, port, 20);
  const far = await measured(options(farther, { duration: 1.2 }), [[log('fine'), fine]]);
  const farRow = rowOf(far.told[0]!.truth, '/slow');
  assert.ok(farRow.serverMean < truth + 0.012, `the service did not become slower: ${farRow.serverMean}`);
  assert.ok(farRow.between.mean > all.between.mean + 0.018, `${farRow.between.mean} after ${all.between.mean}`);
  // Nothing says which line is which request.
  assert.deepEqual([farRow.between.p50, farRow.between.p99], [Number.NaN, Number.NaN]);
  const sentence = said(far.result, far.told[0]!);
  assert.match(
    sentence,
    /^The service's log says [\d.]+ ms, the client saw [\d.]+ ms \(means of [\d,]+ requests\): [\d.]+ ms lie between them/,
  );
  assert.match(sentence, /suspect|A log does not say which of its lines is which request/i);
  assert.match(sentence, /in steps of 1 ms/);
});

test('Server-Timing says the same without a log', { timeout: 30_000 }, async (t) => {
  const { listener, slow } = shop();
  const service = await listen(t, createServer(listener));
  const near = await measured(options(service, {}), []);
  const truth = mean(slow);
  const ledger = loadLedger(near.result, { target: 'shop', readings: [], log: null })!;
  const row = rowOf(ledger.serverTruth, '/slow');
  assert.equal(row.source, 'server-timing');
  assert.ok(Math.abs(row.serverMean - truth) < 0.001, `${row.serverMean} and ${truth}`);
  assert.ok(row.between.mean > 0 && row.between.mean < 0.01, `${row.between.mean}`);
  assert.equal(row.server, near.result.steps[0]!.ok);

  const far = await measured(options(await longWay(t, service, 20), {}), []);
  const farLedger = loadLedger(far.result, { target: 'shop', readings: [], log: null })!;
  const farRow = rowOf(farLedger.serverTruth, '/slow');
  assert.ok(farRow.between.mean > row.between.mean + 0.018, `${farRow.between.mean} after ${row.between.mean}`);
  // The way takes 20 ms of every request, there or back.
  assert.ok(farRow.between.p50 > 0.018 && farRow.between.p50 < 0.06, `${farRow.between.p50}`);
  assert.match(said(far.result, null), /^The service says .* lie between them/);
});

test('logs that tell nothing say why, and fail nothing', { timeout: 30_000 }, async (t) => {
  const folder = await folderFor(t);
  const { listener } = shop();
  const service = await listen(t, createServer(listener));
  const { appendFile, writeFile } = await import('node:fs/promises');
  const at = (name: string, line: string) => async () => appendFile(join(folder, name), `${line}\n`.repeat(3));
  const now = () =>
    `[${new Date().toUTCString().replace(/^\w+, (\d+) (\w+) (\d+) ([\d:]+) GMT$/, '$1/$2/$3:$4 +0000')}]`;
  const logs: readonly (readonly [name: string, write: () => Promise<void>, says: RegExp])[] = [
    ['empty.log', async () => {}, /nothing was written to the service's log during the run/],
    ['odd.log', at('odd.log', 'what is this'), /tells nothing: its lines are in no format that is known/],
    [
      'plain.log',
      at('plain.log', `- - - ${now()} "GET /slow HTTP/1.1" 200 2 "-" "pitwall"`),
      /do not say how long requests took/,
    ],
    [
      'past.log',
      at('past.log', '- - - [21/Nov/2001:02:45:53 +0000] "GET /slow HTTP/1.1" 200 2 "-" "pitwall" 0.012'),
      /no line of it is from the measured part/,
    ],
  ];
  for (const [name] of logs) await writeFile(join(folder, name), '');
  const given = options(service, { duration: 0.5, warmup: 0 });
  const { signal } = new AbortController();
  const watched = await Promise.all(logs.map(([name]) => watchAccessLog(join(folder, name), null)));
  const measuredAt = Date.now() / 1000;
  const result = await runLoad(given, { signal });
  for (const [, write] of logs) await write();
  const told = await Promise.all(watched.map((log) => log.read({ options: given, result, measuredAt, signal })));
  for (const [i, [name, , says]] of logs.entries()) {
    assert.deepEqual([told[i]!.truth, told[i]!.overTime], [[], []], name);
    assert.match(told[i]!.notes.join(), says, name);
  }
});
