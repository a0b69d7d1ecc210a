// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look like that in scenario files.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Step } from '../../../model/scenario.ts';
import { accepted, fixture } from '../fixtures/accept.ts';
import { ImportNotes } from '../notes.ts';
import { importOpenApi } from './import.ts';

async function imported(text: string, withWrites = false) {
  const notes = new ImportNotes();
  const { draft, secrets } = importOpenApi(text, { file: 'api.yaml', name: 'api', withWrites }, notes);
  const { yaml, scenario } = await accepted(draft, notes, secrets);
  const steps = Object.fromEntries(scenario.flows.map(({ name, steps: [step] }) => [name, step!]));
  const counts: Record<string, number> = {};
  for (const { what, count } of notes.leftOut) counts[what] = (counts[what] ?? 0) + count;
  return { draft, secrets, yaml, scenario, steps, notes, counts, step: (name: string): Step => steps[name]! };
}

const PETSTORE = fixture('openapi/fixtures/petstore-3.0.yaml');
const SHOP = fixture('openapi/fixtures/shop-3.1.json');

test('each operation that only reads becomes a flow of weight 1', async () => {
  const { scenario, draft, step } = await imported(PETSTORE);
  assert.equal(draft.origin, 'https://eu.petstore.example');
  assert.deepEqual(
    scenario.flows.map(({ name, weight, steps: [only] }) => [name, weight, only!.path]),
    [
      ['GET /pet/findByStatus', 1, '/api/v3/pet/findByStatus?status=available&status=available&sort=name'],
      ['GET /pet/{petId}', 1, '/api/v3/pet/{{petId}}'],
      ['GET /store/inventory', 1, '/api/v3/store/inventory?key={{key}}'],
      ['GET /user/login', 1, '/api/v3/user/login?username=string&filter[active]=true&filter[role]=admin'],
      ['GET /ping', 1, '/api/v3/ping'],
    ],
  );
  assert.equal(scenario.variables.petId, '10');
  assert.deepEqual(step('GET /ping').headers, { accept: 'text/plain' });
  assert.deepEqual(step('GET /pet/findByStatus').checks, [{ kind: 'status', name: 'status 200', in: [200] }]);
  assert.deepEqual(step('GET /user/login').checks, []);
});

test('secrets come from the environment, by each kind of security', async () => {
  const { secrets, step, scenario } = await imported(PETSTORE);
  assert.deepEqual(secrets.map(({ env }) => env).sort(), ['ACCESS_TOKEN', 'API_KEY', 'KEY']);
  assert.equal(step('GET /pet/findByStatus').headers.authorization, 'Bearer secret of ACCESS_TOKEN');
  assert.equal(step('GET /pet/{petId}').headers.api_key, 'secret of API_KEY');
  assert.equal(scenario.variables.key, 'secret of KEY');
  assert.equal(step('GET /ping').headers.authorization, undefined, 'an empty requirement means open to all');
  assert.equal(step('GET /user/login').headers.authorization, undefined);
  const { step: write } = await imported(SHOP, true);
  assert.equal(write('POST /orders').headers.authorization, 'Basic secret of BASIC_CREDENTIALS');
});

test('operations that change data are comments, unless asked for', async () => {
  const { counts, yaml } = await imported(PETSTORE);
  assert.equal(counts['operation that changes data'], 5);
  assert.match(yaml, /^ {2}#- name: DELETE \/pet\/\{petId\}$/m);
  const { step, scenario } = await imported(PETSTORE, true);
  assert.equal(scenario.flows.length, 10);
  assert.deepEqual(step('POST /pet').body, {
    kind: 'json',
    value: {
      name: 'doggie',
      category: { id: 1, name: 'Dogs' },
      photoUrls: ['string'],
      tags: [{ id: 0, name: 'string'.repeat(100).slice(0, 256) }],
      status: 'available',
    },
  });
  assert.deepEqual(step('PUT /pet').body, {
    kind: 'json',
    value: { id: 10, name: 'doggie', photoUrls: ['${HOME}/a.png'], status: "{{'{{'}}status}}" },
  });
  assert.equal((step('PUT /pet').checks[0] as { in: readonly number[] }).in.length, 100);
  assert.deepEqual(step('POST /events').body, { kind: 'form', fields: { url: 'http://example.com', secret: 'none' } });
  const upload = step('POST /pet/{petId}/uploadImage').body;
  assert.ok(upload?.kind === 'multipart');
  assert.deepEqual(
    upload.parts.map(({ name, fileName }) => [name, fileName]),
    [
      ['title', null],
      ['file', 'file.txt'],
    ],
  );
});

test('what is not carried over is said with its count', async () => {
  const { counts, notes } = await imported(PETSTORE);
  assert.deepEqual(counts, {
    secret: 8,
    'operation that changes data': 5,
    'deprecated operation': 1,
    operation: 2,
    callback: 1,
    'optional parameter': 1,
    'content of an uploaded file': 1,
    'reference ($ref)': 2,
    parameter: 1,
  });
  assert.match(JSON.stringify(notes.leftOut), /its style matrix is not written/);
  assert.match(JSON.stringify(notes.leftOut), /it leads to another file.*it leads to nothing/);
});

test('3.1: path items and bodies behind references, types as lists, const, webhooks; circles end', async () => {
  const { step, scenario, counts } = await imported(SHOP, true);
  assert.equal(counts.webhook, 1);
  assert.deepEqual(scenario.variables, { order_id: 'ord 1/2', n: '5' });
  assert.equal(step('GET /orders').path, '/orders?state=open');
  assert.deepEqual(step('GET /orders').headers, { accept: 'application/vnd.shop+json' });
  assert.equal(step('GET /orders/{order-id}/items/{n}').path, '/orders/{{order_id}}/items/{{n}}');
  assert.deepEqual(step('POST /orders').body, {
    kind: 'json',
    value: { customer: { email: 'user@example.com' }, items: [{ sku: 'A-1' }], note: 'leave at the door' },
  });
  assert.equal(step('POST /orders').headers['content-type'], 'application/vnd.shop+json');
});

test('what is no OpenAPI 3 is refused with the reason', () => {
  const refused = (text: string, says: RegExp) =>
    assert.throws(() => importOpenApi(text, { file: 'a', name: 'a', withWrites: false }, new ImportNotes()), says);
  refused('swagger: "2.0"\npaths: {}', /it is Swagger 2\.0: convert it/);
  refused('openapi: 4.0.0', /it is OpenAPI 4\.0\.0, and only 3\.x/);
  refused('a: 1', /it has no `openapi/);
  refused('- a', /it is not a map/);
  refused('a: [', /it is neither JSON nor YAML/);
  refused('{"openapi":', /it is neither JSON nor YAML/);
  refused('openapi: 3.0.0\npaths: {}', /no operation that can be sent/);
  refused('openapi: 3.0.0\npaths: { /a: { post: {} } }', /all its operations change data/);
  refused(
    `a: &a [x]\n${Array.from({ length: 12 }, (_, i) => `k${i}: &k${i} [${`*${i === 0 ? 'a' : `k${i - 1}`},`.repeat(10)}]`).join('\n')}`,
    /it is neither JSON nor YAML/,
  );
});

test('hostile documents end soon, and leave no trace in objects', async () => {
  const schemas: Record<string, unknown> = { __proto__: null };
  for (let i = 0; i < 30; i++) {
    schemas[`S${i}`] = {
      type: 'object',
      properties: { a: { $ref: `#/components/schemas/S${i + 1}` }, b: { $ref: `#/components/schemas/S${i + 1}` } },
    };
  }
  schemas.S30 = { type: 'array', minItems: 1e9, items: { type: 'string', minLength: 1e9, pattern: '(a+)+$' } };
  schemas.Loop = { $ref: '#/components/schemas/Loop' };
  schemas.Polluted = { type: 'object', properties: { __proto__: {}, x: { type: 'string' } }, allOf: [{ example: 1 }] };
  const operation = (ref: string) => ({ requestBody: { content: { 'application/json': { schema: { $ref: ref } } } } });
  const document = {
    openapi: '3.1.0',
    servers: [{ url: 'javascript:alert(1)' }],
    paths: {
      '/deep': { post: operation('#/components/schemas/S0') },
      '/loop': { post: operation('#/components/schemas/Loop') },
      '/nowhere': { post: operation('#/__proto__/toString') },
      '/pollute': {
        post: {
          requestBody: {
            content: {
              'application/json': {
                schema: JSON.parse(
                  '{"allOf":[{"properties":{"__proto__":{"properties":{"polluted":{"example":1}}}}},{"default":{"__proto__":{"polluted":1}}}]}',
                ),
              },
            },
          },
        },
      },
      '/x{y}z/{{a}}/${env:HOME}/{}': { get: { parameters: [{ name: 'y', in: 'path', schema: {} }] } },
      '/big': { get: { parameters: [{ name: 'q', in: 'query', required: true, example: 'x'.repeat(100_000) }] } },
      'no-slash': { get: {} },
      '/odd': { get: 7, put: null, post: [], delete: { responses: 'x', parameters: 'y', security: 5 } },
    },
    components: { schemas },
  };
  const started = performance.now();
  const { scenario } = await imported(JSON.stringify(document), true);
  assert.ok(performance.now() - started < 3000);
  assert.ok(scenario.flows.length >= 5);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
  assert.ok(scenario.flows.some(({ steps: [step] }) => step!.path === '/x{{y}}z/%7B{{a}}%7D/%24{{env_HOME}}/%7B%7D'));
});
