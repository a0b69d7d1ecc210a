// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look like that in scenario files.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Step } from '../../../model/scenario.ts';
import { accepted, fixture } from '../fixtures/accept.ts';
import { ImportNotes } from '../notes.ts';
import { type HarOptions, importHar } from './import.ts';

const OPTIONS: HarOptions = { file: 'x.har', name: 'x', host: null, as: 'flow', static: 'flow' };

async function imported(file: string, options: Partial<HarOptions> = {}) {
  const notes = new ImportNotes();
  const result = importHar(fixture('har/fixtures', file), { ...OPTIONS, ...options }, notes);
  const { yaml, scenario } = await accepted(result.draft, notes, result.secrets);
  const counts: Record<string, number> = {};
  for (const { what, count } of notes.leftOut) counts[what] = (counts[what] ?? 0) + count;
  const step = (name: string): Step => scenario.flows.flatMap(({ steps }) => steps).find((each) => each.name === name)!;
  return { ...result, yaml, scenario, notes, counts, step };
}

test('a visit recorded by Chromium becomes a flow, in order, with what the pages load in another', async () => {
  const { scenario, draft } = await imported('chromium-visit.har');
  assert.deepEqual(
    scenario.flows.map(({ name, weight, steps }) => [name, weight, steps.map((step) => step.name)]),
    [
      [
        'visit',
        1,
        [
          'GET /',
          'POST /login',
          'GET /account',
          'POST /api/session',
          'POST /api/orders',
          'GET /api/orders/:order_id',
          'GET /api/users/:user_id',
        ],
      ],
      [
        'static files',
        1,
        [
          'GET /style.css',
          'GET /app.js',
          'GET /logo.png',
          'GET /style.css (2)',
          'GET /app.js (2)',
          'GET /logo.png (2)',
        ],
      ],
    ],
  );
  assert.match(draft.origin!, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal(scenario.cookies, true);
  assert.deepEqual(Object.keys(scenario.headers), ['accept-encoding', 'accept-language', 'user-agent']);
});

test('what later requests took from responses is extracted, and nothing else', async () => {
  const { correlations, step } = await imported('chromium-visit.har');
  assert.deepEqual(correlations, [
    {
      variable: 'csrf_token',
      from: 'GET /',
      source: 'match of name="csrf_token"[^>]*value="([^"]*)"',
      usedBy: ['POST /login'],
    },
    {
      variable: 'access_token',
      from: 'POST /api/session',
      source: '$.access_token',
      usedBy: ['POST /api/orders', 'GET /api/orders/:order_id', 'GET /api/users/:user_id'],
    },
    {
      variable: 'user_id',
      from: 'POST /api/session',
      source: '$.user.id',
      usedBy: ['POST /api/orders', 'GET /api/users/:user_id'],
    },
    { variable: 'order_id', from: 'POST /api/orders', source: '$.order.id', usedBy: ['GET /api/orders/:order_id'] },
  ]);
  assert.equal(step('GET /api/orders/:order_id').path, '/api/orders/{{order_id}}');
  assert.equal(step('GET /api/orders/:order_id').headers.authorization, 'Bearer {{access_token}}');
  assert.deepEqual(step('POST /api/orders').body, {
    kind: 'json',
    value: { sku: 'A-1', quantity: 2, userId: '{{user_id|number}}' },
  });
});

test('no secret of the recordings is copied', async () => {
  for (const file of ['chromium-visit.har', 'chrome-devtools.har']) {
    const { yaml, notes } = await imported(file);
    const all = `${yaml}\n${JSON.stringify([notes.leftOut, notes.remarks])}`;
    assert.doesNotMatch(
      all,
      /hunter2|s3cretcookie|verysecret|k-live-5577|live-key|opaque-token|mailsecret|eyJhbGci/,
      file,
    );
  }
  const { step, secrets } = await imported('chrome-devtools.har');
  assert.deepEqual(
    secrets.map(({ env }) => env),
    ['API_KEY', 'BEARER_TOKEN', 'PASSWORD'],
  );
  assert.equal(step('POST /api/items').headers.authorization, 'Bearer secret of BEARER_TOKEN');
  assert.equal(step('POST /api/items').path, '/api/items?api_key={{api_key}}');
});

test('pauses are the gaps between the end of what was under way and the next request; checks are the recorded status', async () => {
  const { step, scenario } = await imported('chrome-devtools.har');
  // 0.15 s + 25 ms until 3.3 s; 3.48 s + 15 ms until 9 s.
  assert.deepEqual(step('GET /api/cart').thinkTime, { distribution: 'constant', mean: 3.125 });
  assert.deepEqual(step('GET /missing').thinkTime, { distribution: 'constant', mean: 5.505 });
  assert.equal(scenario.flows[0]!.steps.filter(({ thinkTime }) => thinkTime !== null).length, 2);
  assert.deepEqual(step('GET /missing').checks[0], { kind: 'status', name: 'status 404', in: [404] });
  // Recorded as 304, to a condition that is not sent.
  assert.deepEqual((step('GET /api/cart').checks[0] as { in: readonly number[] }).in, [200]);
});

test('bodies of all kinds come over: JSON with long numbers and braces, forms, forms with a field twice, parts', async () => {
  const { step, scenario } = await imported('chrome-devtools.har');
  assert.deepEqual(step('POST /api/items').body, {
    kind: 'json',
    value: { name: 'tea', password: 'secret of PASSWORD', big: '{{big|number}}', tpl: "{{'{{'}}x}} ${env:HOME}" },
  });
  assert.equal(scenario.variables.big, '12345678901234567');
  assert.deepEqual(step('POST /checkout').body, {
    kind: 'text',
    text: 'item={{item_uuid}}&tag=a&tag=b',
    contentType: 'application/x-www-form-urlencoded',
  });
  assert.deepEqual(step('POST /upload').body, {
    kind: 'multipart',
    parts: [
      { name: 'title', value: 'photo', base64: false, fileName: null, contentType: null },
      {
        name: 'file',
        value: 'placeholder for the content of a file\n',
        base64: false,
        fileName: 'a.png',
        contentType: 'image/png',
      },
    ],
  });
  // A date and a part of an id are no correlation.
  assert.deepEqual(step('PUT /api/items/:item_uuid').body, {
    kind: 'json',
    value: { uuid: '{{item_uuid}}', note: 'ref 5f0c9a0e', since: '2026-11-21' },
  });
});

test('everything that is not carried over is said, with its count', async () => {
  const { counts, notes } = await imported('chrome-devtools.har');
  assert.deepEqual(counts, {
    'header of the connection': 40,
    "header of the browser's own": 30,
    'conditional header': 2,
    secret: 3,
    'request that is not HTTP': 1,
    websocket: 1,
    "request answered from the browser's cache": 1,
    'event stream': 1,
    'cross-origin preflight': 1,
    'request without an answer': 1,
    'request to another host': 1,
    cookie: 1,
    'URL in a header': 1,
    'content of an uploaded file': 1,
    'request with a body': 1,
  });
  assert.match(notes.remarks.join('\n'), /4 steps may change data at every turn/);
  const upload = await imported('chromium-visit.har');
  assert.match(
    JSON.stringify(upload.notes.leftOut),
    /request with a body.*the parts of its form were not recorded.*POST \/upload/,
  );
});

test('files in their place or not at all; each request by itself; another host', async () => {
  const inline = await imported('chrome-devtools.har', { static: 'inline' });
  assert.deepEqual(
    inline.scenario.flows.map(({ steps }) => steps.length),
    [9],
  );
  assert.equal(inline.scenario.flows[0]!.steps[1]!.name, 'GET /app.3f2a.js');
  const none = await imported('chrome-devtools.har', { static: 'none' });
  assert.equal(none.counts['file that a page loads'], 1);
  const mix = await imported('chrome-devtools.har', { as: 'mix' });
  assert.equal(mix.scenario.flows.length, 9);
  assert.deepEqual(mix.correlations, []);
  assert.match(JSON.stringify(mix.secrets), /X_CSRF_TOKEN/);
  const cdn = await imported('chrome-devtools.har', { host: 'cdn.example', static: 'inline' });
  assert.deepEqual(
    cdn.scenario.flows[0]!.steps.map(({ path }) => path),
    ['/lib.js'],
  );
});

test('what is no HAR, or has nothing to send, is refused', () => {
  const refused = (text: string, says: RegExp) =>
    assert.throws(() => importHar(text, OPTIONS, new ImportNotes()), says);
  refused('not JSON', /a HAR is JSON/);
  refused('[]', /no log\.entries/);
  refused('{"log":{"entries":{}}}', /no log\.entries/);
  refused('{"log":{"entries":[]}}', /no request in it was answered/);
  refused('{"log":{"entries":[1,null,{},{"request":{"url":"x"}}]}}', /no request in it was answered/);
  refused(JSON.stringify({ log: { entries: new Array(20_001).fill(0) } }), /more than 20000 entries/);
});

test('hostile entries neither break the import nor get through it', async () => {
  const entry = (request: object, response: object = {}, more: object = {}) => ({
    startedDateTime: '2026-11-21T10:00:00Z',
    time: 1e300,
    request: { method: 'GET', url: 'http://h.example/', headers: [], ...request },
    response: { status: 200, headers: [], content: {}, ...response },
    ...more,
  });
  const entries = [
    entry({
      headers: [
        { name: '__proto__', value: 'x' },
        { name: 'x\r\ny', value: 'z' },
        { name: 'a', value: 'b\r\nc: d' },
        7,
        null,
      ],
    }),
    entry({ url: 'http://h.example/a{{b}}?c={{d}}&e=${env:HOME}&__proto__=1' }),
    entry({
      method: 'POST',
      postData: { mimeType: 'application/json', text: '{"__proto__":{"a":1},"b":{"constructor":2}}' },
    }),
    entry({ method: 'POST', postData: { mimeType: 'application/json', text: '['.repeat(5000) + ']'.repeat(5000) } }),
    entry({
      method: 'POST',
      postData: { mimeType: 'application/x-www-form-urlencoded', text: '__proto__=1&constructor=2' },
    }),
    entry({ method: 'POST', postData: { mimeType: 'text/x\r\nEvil: 1', text: 'hello' } }),
    entry({ url: `http://h.example/${'a'.repeat(9000)}` }),
    entry({ method: 'TRACE' }),
    entry({ url: 'http://user:pw12345@h.example/with-user' }),
  ];
  const notes = new ImportNotes();
  const { draft } = importHar(JSON.stringify({ log: { entries } }), OPTIONS, notes);
  const { scenario, yaml } = await accepted(draft, notes);
  const steps = scenario.flows[0]!.steps;
  assert.equal(steps.length, 7);
  assert.deepEqual(steps[0]!.headers, {});
  assert.equal(steps[1]!.path, '/a%7B%7Bb%7D%7D?c=%7B%7Bd%7D%7D&e=$%7Benv:HOME%7D&__proto__=1');
  assert.equal(steps[2]!.body!.kind, 'text');
  assert.doesNotMatch(yaml, /pw12345/);
  assert.equal(({} as Record<string, unknown>).a, undefined);
});
