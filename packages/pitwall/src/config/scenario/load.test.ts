// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look like that in the configuration.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { PitwallError } from '../../errors.ts';
import { loadConfig, parseConfig } from '../load.ts';
import { Redactor } from '../redact.ts';
import { REGISTRY } from '../testing.ts';
import { scenarioFromFile } from './load.ts';
import { folder, messages, parse } from './testing.ts';

describe('a valid scenario', () => {
  it('with everything that the format has', async (t) => {
    const directory = folder(t, {
      'users.csv': 'user,password\nann,"p,1"\nbob,p2\n',
      'photo.png': Buffer.from([0, 255]),
      'shop.yaml': `
name: shop
variables: { lang: en, size: 20, beta: true }
cookies: true
headers: { Accept: application/json, Authorization: "Bearer {{token}}" }
feeders:
  users: { file: users.csv, order: unique }
  pages: { rows: [{ page: 1 }, { page: 2 }], order: random }
oncePerUser:
  - name: log in
    post: /login
    json: { user: "{{user}}", password: "{{password}}" }
    extract: { token: { jsonpath: $.token } }
flows:
  - name: browse
    weight: 3
    steps:
      - get: /devices?page={{page}}&lang={{lang}}
        name: list
        check:
          { status: [200, 3xx], header: { ETag: exists, Content-Type: json }, jsonpath: { $.items: exists, $.n: 2, $.t: { equals: exists } },
            body: [items, "\\\\d"], size: { max: 64KiB }, latency: 500ms }
        extract: { id: "$.items[0].id", etag: { header: ETag, default: none }, csrf: { regex: 'v="(.*?)"' }, all: { regex: x+ }, s: { cookie: sid } }
        think: { lognormal: { mean: 2s, sigma: 0.5 } }
        expected: 50ms
        tags: { area: devices, shard: 7 }
      - { method: put, path: "/devices/{{id}}", headers: { If-Match: "{{etag}}" }, form: { a: 1, b: "{{csrf}}" }, think: 1s }
  - steps:
      - { name: photo, post: /photo, body: { file: photo.png, contentType: image/png }, think: { uniform: [1s, 3s] } }
      - { name: parts, post: /parts, multipart: { a: "{{user}}", f: { file: photo.png } }, think: { exponential: 2s } }
      - { name: list of parts, post: /parts, multipart: [{ name: a, value: 1 }, { name: a, value: x, contentType: text/plain }] }
      - { name: text, post: /text, body: "<a>{{user}}</a>", headers: { Content-Type: text/xml } }
cleanUp: [{ delete: "/devices/{{id}}" }]
abort: { errors: 20%, p99: 5s, over: 30s }
`,
    });
    const context = { environment: {}, redactor: new Redactor() };
    const { scenario, abort } = await scenarioFromFile(join(directory, 'shop.yaml'), context);
    assert.deepEqual(abort, { errorRatio: 0.2, p99: 5, over: 30, danger: true });
    const { flows, ...rest } = scenario;
    const step = { headers: {}, body: null, thinkTime: null, expected: null, extract: [], checks: [], tags: {} };
    assert.deepEqual(rest, {
      name: 'shop',
      variables: { lang: 'en', size: '20', beta: 'true' },
      cookies: true,
      headers: { Accept: 'application/json', Authorization: 'Bearer {{token}}' },
      feeders: [
        {
          name: 'users',
          order: 'unique',
          rows: [
            { user: 'ann', password: 'p,1' },
            { user: 'bob', password: 'p2' },
          ],
        },
        { name: 'pages', order: 'random', rows: [{ page: '1' }, { page: '2' }] },
      ],
      oncePerUser: [
        {
          ...step,
          name: 'log in',
          method: 'POST',
          path: '/login',
          body: { kind: 'json', value: { user: '{{user}}', password: '{{password}}' } },
          extract: [{ as: 'token', from: 'jsonpath', path: '$.token' }],
        },
      ],
      cleanUp: [{ ...step, name: 'DELETE /devices/{{id}}', method: 'DELETE', path: '/devices/{{id}}' }],
    });
    assert.deepEqual(
      flows.map(({ name, weight, steps }) => [name, weight, steps.map((each) => each.name)]),
      [
        ['browse', 3, ['list', 'PUT /devices/{{id}}']],
        ['flow 2', 1, ['photo', 'parts', 'list of parts', 'text']],
      ],
    );
    const [list, put] = flows[0]!.steps;
    assert.deepEqual(
      list!.checks.map(({ kind, name }) => [kind, name]),
      [
        ['status', 'status 200, 3xx'],
        ['header', 'header ETag exists'],
        ['header', 'header Content-Type matches json'],
        ['jsonpath', '$.items exists'],
        ['jsonpath', '$.n is 2'],
        ['jsonpath', '$.t is "exists"'],
        ['body', 'body matches items'],
        ['body', 'body matches \\d'],
        ['size', 'size at most 65536 B'],
        ['latency', 'latency at most 500 ms'],
      ],
    );
    const [status, , , exists, equals] = list!.checks;
    assert.ok(status!.kind === 'status' && status!.in.length === 101 && status!.in.includes(399));
    assert.ok(!('equals' in exists!));
    assert.deepEqual((equals as { equals: unknown }).equals, 2);
    assert.deepEqual(list!.extract, [
      { as: 'id', from: 'jsonpath', path: '$.items[0].id' },
      { as: 'etag', fallback: 'none', from: 'header', name: 'ETag' },
      { as: 'csrf', from: 'regex', pattern: 'v="(.*?)"', group: 1 },
      { as: 'all', from: 'regex', pattern: 'x+', group: 0 },
      { as: 's', from: 'cookie', name: 'sid' },
    ]);
    assert.deepEqual(
      [list!.thinkTime, list!.expected, list!.tags],
      [{ distribution: 'lognormal', mean: 2, sigma: 0.5 }, 0.05, { area: 'devices', shard: '7' }],
    );
    assert.deepEqual(
      [put!.method, put!.body, put!.thinkTime],
      ['PUT', { kind: 'form', fields: { a: '1', b: '{{csrf}}' } }, { distribution: 'constant', mean: 1 }],
    );
    const none = { fileName: null, contentType: null };
    assert.deepEqual(
      flows[1]!.steps.map(({ body, thinkTime }) => [body, thinkTime?.distribution]),
      [
        [{ kind: 'bytes', base64: 'AP8=', contentType: 'image/png' }, 'uniform'],
        [
          {
            kind: 'multipart',
            parts: [
              { name: 'a', value: '{{user}}', base64: false, ...none },
              {
                name: 'f',
                value: 'AP8=',
                base64: true,
                fileName: 'photo.png',
                contentType: 'application/octet-stream',
              },
            ],
          },
          'exponential',
        ],
        [
          {
            kind: 'multipart',
            parts: [
              { name: 'a', value: '1', base64: false, ...none },
              { name: 'a', value: 'x', base64: false, fileName: null, contentType: 'text/plain' },
            ],
          },
          undefined,
        ],
        [{ kind: 'text', text: '<a>{{user}}</a>', contentType: null }, undefined],
      ],
    );
  });

  it('in its shortest form', async () => {
    const { scenario, abort } = await parse('steps: [{ get: / }]');
    assert.equal(abort, null);
    assert.equal(scenario.name, 'shop');
    assert.equal(scenario.cookies, false);
    assert.deepEqual(
      scenario.flows.map(({ name, steps }) => [name, steps.map((each) => each.name)]),
      [['flow', ['GET /']]],
    );
  });
});

describe('secrets', () => {
  const text =
    'variables: { key: "${env:KEY}" }\nsteps: [{ get: /, headers: { X-Key: "{{key}}", X-B: "b ${env:KEY}" } }]\n';

  it('are filled in and known to the redactor', async () => {
    const redactor = new Redactor();
    const { scenario } = await scenarioFromText(text, { KEY: 'hunter22' }, redactor);
    assert.deepEqual(scenario.variables, { key: 'hunter22' });
    assert.equal(scenario.flows[0]!.steps[0]!.headers['X-B'], 'b hunter22');
    assert.equal(redactor.redact('key hunter22'), 'key ‹redacted›');
  });

  it('that are missing are named once', async () => {
    assert.deepEqual(await messages(text), [
      '1:19: variables.key: the secret ${env:KEY} cannot be read: the environment variable is not set.',
      '2:53: steps[0].headers.X-B: the secret ${env:KEY} cannot be read: the environment variable is not set.',
    ]);
  });

  it('that look like a template do not show', async () => {
    const lines = await messages('steps: [{ get: /, headers: { X-B: "${env:KEY}" } }]', { KEY: 'hun{{ter22' });
    assert.deepEqual(lines, [
      '1:35: steps[0].headers.X-B: with the secret in it, it is no template any more: put the secret under variables: and name it here as {{name}}.',
    ]);
    const { scenario } = await scenarioFromText('variables: { k: "${env:KEY}" }\nsteps: [{ get: "/{{k}}" }]', {
      KEY: 'hun{{ter22',
    });
    assert.equal(scenario.variables.k, 'hun{{ter22');
  });
});

async function scenarioFromText(text: string, environment: Record<string, string>, redactor = new Redactor()) {
  const { parseScenario } = await import('./load.ts');
  return parseScenario(text, '/srv/shop/shop.yaml', { environment, redactor });
}

describe('load.scenario of pitwall.yaml', () => {
  const MINIMAL = 'version: 1\ntargets:\n  shop: { url: "http://127.0.0.1:1" }\n';
  const load = (file: string) => loadConfig(file, { environment: { KEY: 'hunter22' }, registry: REGISTRY });

  it('is written there', async () => {
    const yaml = `${MINIMAL}load:\n  scenario:\n    variables: { k: "\${env:KEY}" }\n    steps: [{ get: "/{{k}}" }]\n    abort: { errors: 5% }\n`;
    const { config, redactor } = await parseConfig(yaml, '/srv/pitwall.yaml', {
      environment: { KEY: 'hunter22' },
      registry: REGISTRY,
    });
    assert.equal(config.load.scenario?.name, 'scenario');
    assert.deepEqual(config.load.scenario?.variables, { k: 'hunter22' });
    assert.deepEqual(config.load.abort, { errorRatio: 0.05, p99: null, over: 10, danger: true });
    assert.equal(redactor.redact('hunter22'), '‹redacted›');
  });

  it('or is a file, whose own folder its files are in; load.abort goes before its abort', async (t) => {
    const inner = folder(t, {
      'shop.yaml': 'feeders: { f: u.csv }\nsteps: [{ get: "/{{u}}" }]\nabort: { errors: 5% }\n',
      'u.csv': 'u\n1\n',
    });
    const outer = folder(t, {
      'pitwall.yaml': `${MINIMAL}load: { scenario: ${inner}/shop.yaml, abort: { p99: 1s } }\n`,
    });
    const { config } = await load(join(outer, 'pitwall.yaml'));
    assert.deepEqual(config.load.scenario?.feeders[0]?.rows, [{ u: '1' }]);
    assert.deepEqual(config.load.abort, { errorRatio: null, p99: 1, over: 10, danger: true });
  });

  it('reports what is wrong in both files, each with its own places', async (t) => {
    const directory = folder(t, {
      'shop.yaml': '\n\nsteps: [{ get: x, thnk: 1s, headers: { A: "${env:NONE}" } }]\n',
      'pitwall.yaml': `${MINIMAL}load: { users: 0, scenario: shop.yaml }\n`,
    });
    const file = join(directory, 'pitwall.yaml');
    await assert.rejects(load(file), (error) => {
      assert.ok(error instanceof PitwallError);
      assert.deepEqual(
        [error.message, ...error.also],
        [
          `${file}:4:16: load.users: expected at least 1, found 0.`,
          'shop.yaml:3:19: steps[0].thnk: there is no key "thnk" here (did you mean "think"?).',
          'shop.yaml:3:43: steps[0].headers.A: the secret ${env:NONE} cannot be read: the environment variable is not set.',
        ],
      );
      return true;
    });
  });

  it('has to be one of these', async () => {
    const wrong = async (value: string) => {
      try {
        await parseConfig(`${MINIMAL}load: { scenario: ${value} }\n`, '/srv/pitwall.yaml', {
          environment: {},
          registry: REGISTRY,
        });
      } catch (error) {
        return (error as Error).message.replace('/srv/pitwall.yaml:', '');
      }
      return null;
    };
    assert.equal(
      await wrong('none.yaml'),
      '4:19: load.scenario: the scenario none.yaml cannot be read: there is no such file.',
    );
    assert.equal(await wrong('7'), '4:19: load.scenario: expected a scenario, or the path of one, found 7.');
    assert.equal(await wrong('[]'), '4:19: load.scenario: expected a scenario, or the path of one, found a list.');
    assert.equal(await wrong(''), '4:20: load.scenario: expected a scenario, or the path of one, found nothing.');
    assert.equal(
      await wrong('{ steps: [{ get: x }] }'),
      '4:36: load.scenario.steps[0].get: expected a path that begins with / (the target has host and port), in percent-encoded ASCII without spaces and "#".',
    );
  });
});

describe('scenarioFromFile', () => {
  const context = { environment: {}, redactor: new Redactor() };
  it('says when there is no such file, or it cannot be read', async (t) => {
    const directory = folder(t, { 'a.yaml': 'steps: [', 'b.yaml': Buffer.from([0xff, 0xfe, 0xff]) });
    const code = async (name: string) => {
      try {
        await scenarioFromFile(join(directory, name), context);
      } catch (error) {
        return error instanceof PitwallError ? error.code : String(error);
      }
      return null;
    };
    assert.equal(await code('none.yaml'), 'SCENARIO_NOT_FOUND');
    assert.equal(await code('.'), 'CONFIG_UNREADABLE');
    assert.equal(await code('b.yaml'), 'CONFIG_UNREADABLE');
    assert.equal(await code('a.yaml'), 'CONFIG_SYNTAX');
  });
});
