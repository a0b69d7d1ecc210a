import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { type TestContext, test } from 'node:test';
import type { LoadOptions } from '../../model/load.ts';
import type { Flow, Scenario, Step } from '../../model/scenario.ts';
import { load, serve, sumOf } from '../testing.ts';
import { flow as flowOf, scenario as scenarioOf, step as stepOf } from './testing.ts';

const step = (name: string, more: Partial<Step> = {}): Step => stepOf({ name, path: `/${name}`, ...more });
const flow = (name: string, steps: readonly Step[], weight = 1): Flow => flowOf(steps, { name, weight });
const scenario = (flows: Scenario['flows'], more: Partial<Scenario> = {}): Scenario => scenarioOf({ flows, ...more });

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly cookie: string | undefined;
  readonly body: string;
}

/** A shop: log-in gives a token and a cookie, lists name ids, orders can be made and deleted. Keeps what it was asked. */
async function shop(t: TestContext): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  let orders = 0;
  const url = await serve(t, async (request, response) => {
    const body = await textOf(request);
    seen.push({ method: request.method!, url: request.url!, cookie: request.headers.cookie, body });
    if (request.url === '/login') {
      const { user } = JSON.parse(body) as { user: string };
      response.setHeader('Set-Cookie', `session=${user}; Path=/`);
      response.end(JSON.stringify({ token: `token-of-${user}` }));
    } else if (request.url === '/orders' && request.method === 'POST') {
      response.statusCode = 201;
      response.end(JSON.stringify({ id: `order ${++orders}` }));
    } else if (request.url!.startsWith('/missing')) {
      response.statusCode = 404;
      response.end('{}');
    } else {
      response.end(JSON.stringify({ items: [{ id: 7 }] }));
    }
  });
  return { url, seen };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

const run = (url: string, what: Scenario, more: Partial<LoadOptions> = {}) =>
  load(url, { endpoints: [], scenario: what, users: 3, duration: 0.5, ...more });

test('a user logs in once, keeps its token and cookie, extracts, orders, and cleans up', async (t) => {
  const { url, seen } = await shop(t);
  const what = scenario(
    [
      flow('buy', [
        step('list', { extract: [{ as: 'id', from: 'jsonpath', path: '$.items[0].id' }] }),
        step('order', {
          method: 'POST',
          path: '/orders',
          headers: { Authorization: 'Bearer {{token}}' },
          body: { kind: 'json', value: { item: '{{id|number}}' } },
          extract: [{ as: 'order', from: 'jsonpath', path: '$.id' }],
          checks: [{ kind: 'status', name: 'created', in: [201] }],
        }),
        step('order-page', { path: '/orders/{{order}}' }),
      ]),
    ],
    {
      cookies: true,
      feeders: [
        {
          name: 'people',
          order: 'unique',
          rows: ['ann', 'bob', 'cem'].map((user) => ({ user, password: `${user}!` })),
        },
      ],
      oncePerUser: [
        step('log in', {
          method: 'POST',
          path: '/login',
          body: { kind: 'json', value: { user: '{{user}}', password: '{{password}}' } },
          extract: [{ as: 'token', from: 'jsonpath', path: '$.token' }],
        }),
      ],
      cleanUp: [step('delete', { method: 'DELETE', path: '/orders/{{order}}' })],
    },
  );
  const result = await run(url, what);
  assert.deepEqual(result.errors, {});
  assert.deepEqual(
    seen
      .filter((each) => each.url === '/login')
      .map(({ body }) => JSON.parse(body).user)
      .sort(),
    ['ann', 'bob', 'cem'],
  );
  const orders = seen.filter((each) => each.url === '/orders');
  assert.ok(orders.length > 3 && orders.every(({ body }) => body === '{"item":7}'), orders[0]?.body);
  assert.deepEqual([...new Set(orders.map(({ cookie }) => cookie))].sort(), [
    'session=ann',
    'session=bob',
    'session=cem',
  ]);
  assert.ok(
    seen.some((each) => each.url === '/orders/order%201'),
    'what was extracted is percent-encoded in a path',
  );
  assert.equal(seen.filter(({ method }) => method === 'DELETE').length, 3);
  const names = result.steps.map(({ endpoint, flow: of }) => `${of}/${endpoint}`);
  assert.deepEqual(names, ['buy/list', 'buy/order', 'buy/order-page']);
  assert.deepEqual(result.steps[1]!.checks, [{ name: 'created', passed: result.steps[1]!.sent, failed: 0 }]);
  assert.equal(result.sent, result.ok);
});

test('errors are told apart: status, check, extract, template; each request is counted once', async (t) => {
  const { url } = await shop(t);
  const what = scenario([
    flow('missing', [step('missing')]),
    flow('found', [
      step('expected-404', { path: '/missing/2', checks: [{ kind: 'status', name: 'gone', in: [404] }] }),
    ]),
    flow('check', [step('wrong', { checks: [{ kind: 'body', name: 'says hello', matches: 'hello' }] })]),
    flow('extract', [
      step('nothing', { extract: [{ as: 'x', from: 'jsonpath', path: '$.none' }] }),
      step('never', { path: '/{{x}}' }),
    ]),
  ]);
  const result = await run(url, what, { users: 2 });
  const errorsOf = (name: string) => Object.keys(result.steps.find(({ endpoint }) => endpoint === name)!.errors);
  assert.deepEqual(errorsOf('missing'), ['status-4xx']);
  assert.deepEqual(errorsOf('expected-404'), []);
  assert.deepEqual(errorsOf('wrong'), ['check']);
  assert.deepEqual(errorsOf('nothing'), ['extract']);
  assert.equal(result.steps.find(({ endpoint }) => endpoint === 'never')!.sent, 0);
  assert.equal(result.sent, result.ok + sumOf(result.errors));
  assert.match(result.warnings.join('\n'), /nothing: there is no \$\.none/);
});

test('weights divide the iterations, and think time paces a closed user', async (t) => {
  const { url } = await shop(t);
  const think = { distribution: 'constant', mean: 0.1 } as const;
  const what = scenario([
    flow('often', [step('a', { thinkTime: think }), step('b')], 3),
    flow('seldom', [step('c')], 1),
  ]);
  const result = await run(url, what, { users: 4, duration: 1 });
  const sent = (name: string) => result.steps.find(({ endpoint }) => endpoint === name)!.sent;
  // Four users, each iteration of `often` takes at least 100 ms and there are three of them to one of `seldom`.
  assert.ok(sent('a') <= 44 && sent('a') >= 12, `a ${sent('a')}`);
  assert.ok(Math.abs(sent('a') - 3 * sent('c')) <= 6, `a ${sent('a')}, c ${sent('c')}`);
});

test('open shapes: a later step is planned after the expected duration of the one before, not after the actual one', async (t) => {
  let stalled = false;
  const url = await serve(t, (request, response) => {
    if (request.url !== '/first' || stalled) {
      response.end('{}');
      return;
    }
    stalled = true;
    setTimeout(() => response.end('{}'), 150);
  });
  const what = scenario([flow('two', [step('first', { expected: 0.01 }), step('second')])]);
  const result = await run(url, what, { shape: 'constant-rate', rate: 20, users: 20, duration: 1 });
  const second = result.steps[1]!;
  // The one iteration whose first step took 150 ms was planned to go on after 10 ms: its second step answers for 140 ms.
  assert.ok(second.latency.response.max >= 0.12, `response max ${second.latency.response.max}`);
  assert.ok(second.latency.service.max < 0.12, `service max ${second.latency.service.max}`);
  assert.equal(result.steps[0]!.sent, 20);
  assert.equal(result.steps[0]!.expected, 0.01);
});

test('a feeder whose rows are used once ends the run when it is dry, and the result says so', async (t) => {
  const { url, seen } = await shop(t);
  const rows = Array.from({ length: 50 }, (_, i) => ({ n: String(i) }));
  const what = scenario([flow('rows', [step('row', { path: '/row/{{n}}' })])], {
    feeders: [{ name: 'numbers', order: 'once', rows }],
  });
  const result = await run(url, what, { users: 4, workers: 2, duration: 5 });
  assert.equal(result.endedBy, 'data');
  assert.match(result.partial!, /the feeder numbers ran dry: its 50 rows are used up/);
  const urls = seen.map((each) => each.url).filter((each) => each.startsWith('/row'));
  // One of the two workers has dealt all of its half.
  assert.ok(urls.length >= 25, `${urls.length} of 50 rows`);
  assert.equal(new Set(urls).size, urls.length, 'no row twice');
  assert.ok(result.duration < 4, `${result.duration} s`);
});

test('users who cannot be made ready are a reason not to start', async (t) => {
  const { url } = await shop(t);
  const what = scenario([flow('a', [step('a')])], { oncePerUser: [step('log in', { path: '/missing' })] });
  await assert.rejects(run(url, what), {
    code: 'LOAD_SETUP_FAILED',
    message: /3 of 3 users could not be made ready: log in: it was answered with 404/,
  });
});

test('a value that cannot be written is an error of its own, and the loop does not spin on it', async (t) => {
  const url = await serve(t, (_, response) => response.end(JSON.stringify({ v: 'a\r\nX-Injected: 1' })));
  const what = scenario([
    flow('f', [
      step('get', { extract: [{ as: 'v', from: 'jsonpath', path: '$.v' }] }),
      step('put', { headers: { 'X-Value': '{{v}}' } }),
    ]),
  ]);
  const result = await run(url, what, { users: 1 });
  const put = result.steps[1]!;
  assert.ok(put.sent > 0 && put.sent < 60, `${put.sent}`);
  assert.deepEqual(Object.keys(put.errors), ['template']);
});

test('the same seed asks for the same rows in the same order', async (t) => {
  const orders: string[][] = [];
  for (let i = 0; i < 2; i++) {
    const { url, seen } = await shop(t);
    const rows = Array.from({ length: 20 }, (_, n) => ({ n: String(n) }));
    const what = scenario([flow('f', [step('row', { path: '/row/{{n}}/{{$randomInt(1,1000)}}' })])], {
      feeders: [{ name: 'r', order: 'random', rows }],
    });
    await run(url, what, { users: 1, duration: 0.3, seed: 42 });
    orders.push(seen.map((each) => each.url).filter((each) => each.startsWith('/row')));
  }
  const common = Math.min(orders[0]!.length, orders[1]!.length);
  assert.ok(common >= 20);
  assert.deepEqual(orders[0]!.slice(0, common), orders[1]!.slice(0, common));
});

test('a user who never got as far as making something has nothing to clean up', async (t) => {
  const { url, seen } = await shop(t);
  const order = step('order', {
    method: 'POST',
    path: '/orders',
    extract: [{ as: 'order', from: 'jsonpath', path: '$.id' }],
  });
  const cleanUp = [step('delete', { method: 'DELETE', path: '/orders/{{order}}' })];
  // Twenty connections may be opened, and one or two are needed.
  const options = { shape: 'constant-rate', rate: 20, users: 20, duration: 0.4 } as const;
  const result = await run(url, scenario([flow('buy', [order])], { cleanUp }), options);
  assert.deepEqual(
    result.warnings.filter((text) => text.includes('clean-up')),
    [],
  );
  const deleted = seen.filter(({ method }) => method === 'DELETE').length;
  // On a busy machine a connection may be opened for an order that does not come before the end.
  assert.ok(deleted >= 1 && deleted <= result.connections.opened && deleted < 20, `${deleted}`);
});
