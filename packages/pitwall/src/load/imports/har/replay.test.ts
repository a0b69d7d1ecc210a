import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import { test } from 'node:test';
import { load, serve } from '../../testing.ts';
import { accepted, fixture } from '../fixtures/accept.ts';
import { ImportNotes } from '../notes.ts';
import { importHar } from './import.ts';

/**
 * The service of which chromium-visit.har is a recording, with values that are new in each run: it only answers well to a user
 * who hands on what it got.
 */
function shop() {
  const fresh = () => randomBytes(8).toString('hex');
  const known = {
    csrf: fresh(),
    sid: fresh(),
    token: fresh(),
    user: 100_000 + (randomBytes(2).readUInt16BE() % 900_000),
    order: `ord_${fresh()}`,
  };
  const problems: string[] = [];
  const expect = (what: string, is: unknown, should: unknown) => {
    if (is !== should) problems.push(`${what}: ${String(is)}`);
  };
  const answered: Record<string, number> = {};
  const handler: RequestListener = async (request, response) => {
    answered[request.url!] = (answered[request.url!] ?? 0) + 1;
    const { pathname, searchParams } = new URL(request.url!, 'http://x');
    const body = await bodyOf(request);
    const json = (value: unknown, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    if (pathname !== '/' && pathname !== '/login')
      expect(`${pathname} cookie`, request.headers.cookie, `sid=${known.sid}`);
    if (/^\/api\/(orders|users)/.test(pathname))
      expect(`${pathname} token`, request.headers.authorization, `Bearer ${known.token}`);
    if (pathname === '/') response.end(`<form><input type="hidden" name="csrf_token" value="${known.csrf}"></form>`);
    else if (pathname === '/login') {
      expect('csrf', new URLSearchParams(body).get('csrf_token'), known.csrf);
      expect('password', new URLSearchParams(body).get('password'), 'secret of PASSWORD');
      response.writeHead(303, { 'set-cookie': `sid=${known.sid}; HttpOnly`, location: '/account' });
      response.end();
    } else if (pathname === '/api/session') json({ access_token: known.token, user: { id: known.user } }, 201);
    else if (pathname === '/api/orders') {
      expect('user in the body', (JSON.parse(body) as { userId: unknown }).userId, known.user);
      json({ order: { id: known.order } }, 201);
    } else if (pathname === `/api/orders/${known.order}`) json({ id: known.order });
    else if (pathname === `/api/users/${known.user}`) {
      expect('key', searchParams.get('api_key'), 'secret of API_KEY');
      json({ id: known.user });
    } else if (pathname === '/account') response.end('<p>hello</p>');
    else {
      problems.push(`unknown ${pathname}`);
      response.writeHead(404).end();
    }
  };
  return { handler, problems, answered };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

test('an imported visit works against the service, with values that were not in the recording', async (t) => {
  const { draft, secrets } = importHar(
    fixture('har/fixtures/chromium-visit.har'),
    { file: 'x', name: 'x', host: null, as: 'flow', static: 'none' },
    new ImportNotes(),
  );
  const { scenario } = await accepted(draft, new ImportNotes(), secrets);
  // Without the pauses: nobody waits for them here.
  const hurried = scenario.flows.map((flow) => ({
    ...flow,
    steps: flow.steps.map((step) => ({ ...step, thinkTime: null })),
  }));
  const { handler, problems, answered } = shop();
  const url = await serve(t, handler);
  const result = await load(url, { endpoints: [], scenario: { ...scenario, flows: hurried }, users: 3, duration: 0.6 });
  assert.deepEqual(problems, []);
  assert.deepEqual(result.errors, {});
  assert.ok(result.steps.length === 7 && result.steps.every(({ ok }) => ok > 0), JSON.stringify(answered));
});
