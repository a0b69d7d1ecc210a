// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look like that in the configuration.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { PitwallError } from '../errors.ts';
import { loadConfig, parseConfig } from './load.ts';
import { REGISTRY } from './testing.ts';

const MINIMAL = 'version: 1\ntargets:\n  shop: { url: "http://127.0.0.1:1" }\n';

const parse = (text: string, environment: Record<string, string> = {}) =>
  parseConfig(text, '/srv/vending/pitwall.yaml', { environment, registry: REGISTRY });

/** All messages of the error that the text gives, without the file's name. */
async function messages(text: string, environment: Record<string, string> = {}): Promise<readonly string[]> {
  try {
    await parse(text, environment);
  } catch (error) {
    assert.ok(error instanceof PitwallError, String(error));
    assert.equal(error.exitCode, 2);
    return [error.message, ...error.also].map((line) => line.replace('/srv/vending/pitwall.yaml:', ''));
  }
  return [];
}

describe('a valid configuration', () => {
  it('gets its defaults', async () => {
    const { config } = await parse(MINIMAL);
    assert.deepEqual(config, {
      file: '/srv/vending/pitwall.yaml',
      directory: '/srv/vending',
      service: { name: 'vending', control: null },
      targets: [
        {
          id: 'shop',
          integration: 'shop',
          options: { url: 'http://127.0.0.1:1', requests: 20, timeout: 10 },
          rawOptions: { url: 'http://127.0.0.1:1' },
        },
      ],
      objectives: [],
      load: {
        target: null,
        shape: 'closed',
        users: 10,
        rate: null,
        duration: 10,
        warmup: 2,
        timeout: 10,
        workers: 1,
        seed: 1,
        allow: [],
        protocol: 'http1',
        connections: null,
        socket: null,
        accessLog: null,
        accessLogFormat: null,
        trace: null,
        endpoints: [],
        scenario: null,
        abort: null,
        preset: null,
        given: [],
      },
      trial: { design: 'auto', blocks: 8, blockDuration: 1, tolerance: 0.05 },
      thresholds: {},
      stateDirectory: '/srv/vending/.pitwall',
    });
  });

  it('takes everything that the format has', async () => {
    const { config } = await parse(`
version: 1
service: { name: shop, stop: [systemctl, stop, shop], start: [systemctl, start, shop], timeout: 1m }
targets:
  a: { integration: shop, url: http://a.test, timeout: 500ms, endpoints: [/x, { path: /y }] }
  b: { integration: shop, url: http://b.test }
  host:
objectives:
  - { indicator: shop.duration.p95, target: 200ms, warning: 500ms, critical: 2s, labels: { endpoint: /x, status: 200 }, on: a }
  - { indicator: shop.response.size, critical: 64KiB }
  - { indicator: shop.error.ratio, warning: 1%, critical: 0.05 }
  - { indicator: shop.rate, target: 150/s, warning: 100, critical: 50 }
load:
  { target: a, rate: 100, duration: 1m30s, warmup: 0s, endpoints: [ /z, { path: /w, method: post, body: "{}", headers: { x: y }, weight: 3 } ] }
trial: { design: interleaved, blocks: 8, blockDuration: 500ms, tolerance: 10% }
rules: { shop/slow: { limit: 250ms, share: 80% } }
state: ../state
`);
    assert.deepEqual(config.service, {
      name: 'shop',
      control: { stop: ['systemctl', 'stop', 'shop'], start: ['systemctl', 'start', 'shop'], timeout: 60 },
    });
    assert.deepEqual(
      config.targets.map(({ id, integration }) => [id, integration]),
      [
        ['a', 'shop'],
        ['b', 'shop'],
        ['host', 'host'],
      ],
    );
    assert.equal((config.targets[0]!.options as { timeout: number }).timeout, 0.5);
    assert.deepEqual(config.objectives, [
      {
        indicator: 'shop.duration.p95',
        target: 0.2,
        warning: 0.5,
        critical: 2,
        labels: { endpoint: '/x', status: '200' },
        on: 'a',
        source: 'config',
      },
      { indicator: 'shop.response.size', critical: 65_536, source: 'config' },
      { indicator: 'shop.error.ratio', warning: 0.01, critical: 0.05, source: 'config' },
      { indicator: 'shop.rate', target: 150, warning: 100, critical: 50, source: 'config' },
    ]);
    assert.equal(config.load.shape, 'constant-rate');
    assert.equal(config.load.duration, 90);
    assert.deepEqual(config.load.endpoints, [
      { name: 'GET /z', method: 'GET', path: '/z', headers: {}, weight: 1 },
      { name: 'POST /w', method: 'POST', path: '/w', headers: { x: 'y' }, body: '{}', weight: 3 },
    ]);
    assert.deepEqual(config.trial, { design: 'interleaved', blocks: 8, blockDuration: 0.5, tolerance: 0.1 });
    assert.deepEqual(config.thresholds, { 'shop/slow.limit': 0.25, 'shop/slow.share': 0.8 });
    assert.equal(config.stateDirectory, '/srv/state');
  });
});

describe('problems name file, line, column, key, what was found and what was expected', () => {
  const cases: Readonly<Record<string, readonly [text: string, ...expected: readonly string[]]>> = {
    'an unknown key at the top': [
      `${MINIMAL}objectivs: []\n`,
      '4:1: objectivs: there is no key "objectivs" here (did you mean "objectives"?).',
    ],
    'an unknown key of an integration': [
      'version: 1\ntargets:\n  shop:\n    url: http://a.test\n    requets: 3\n',
      '5:5: targets.shop.requets: there is no key "requets" here (did you mean "requests"?).',
    ],
    'an unknown key inside a union in a list': [
      'version: 1\ntargets:\n  shop:\n    url: http://a.test\n    endpoints:\n      - /x\n      - { path: /y, haeders: {} }\n',
      '7:21: targets.shop.endpoints[1].haeders: there is no key "haeders" here (did you mean "headers"?).',
    ],
    'a wrong type inside a union': [
      'version: 1\ntargets:\n  shop:\n    url: http://a.test\n    endpoints: [ { path: 7 } ]\n',
      '5:26: targets.shop.endpoints[0].path: expected text, found 7.',
    ],
    'a type that no branch of a union takes': [
      'version: 1\ntargets:\n  shop: { url: http://a.test, endpoints: [7] }\n',
      '3:43: targets.shop.endpoints[0]: expected text or a map, found 7.',
    ],
    'a list where a map belongs': ['version: 1\ntargets: [shop]\n', '2:10: targets: expected a map, found a list.'],
    'text where a number belongs': [
      'version: 1\ntargets:\n  shop: { url: http://a.test, requests: many }\n',
      '3:41: targets.shop.requests: expected a number, found "many".',
    ],
    'a number out of range': [
      'version: 1\ntargets:\n  shop: { url: http://a.test, requests: 0 }\n',
      '3:41: targets.shop.requests: expected at least 1, found 0.',
    ],
    'a word that is not one of the choices': [
      'version: 1\ntargets:\n  shop: { url: http://a.test, mode: quick }\n',
      '3:37: targets.shop.mode: expected one of fast, careful, found "quick".',
    ],
    'a duration without a unit': [
      'version: 1\ntargets:\n  shop: { url: http://a.test, timeout: "500" }\n',
      '3:40: targets.shop.timeout: expected a duration such as 500ms or 2s, found "500".',
    ],
    'a missing key': ['version: 1\ntargets:\n  shop: {}\n', '3:3: targets.shop.url: it is missing: expected text.'],
    'no version': ['targets:\n  host:\n', '1:1: version: it is missing: expected 1.'],
    'another version': ['version: 2\ntargets:\n  host:\n', '1:10: version: expected 1, found 2.'],
    'no targets': ['version: 1\n', '1:1: targets: it is missing: expected a map.'],
    'empty targets': ['version: 1\ntargets: {}\n', '2:10: targets: it is empty: there is nothing to look at.'],
    'an id that cannot be one': [
      'version: 1\ntargets:\n  9lives: { integration: host }\n',
      '3:3: targets.9lives: the id of a target is a letter and then up to 39 letters, digits, "-", "_" or ".".',
    ],
    'an unknown integration': [
      'version: 1\ntargets:\n  web: { integration: shopp }\n',
      '3:23: targets.web.integration: there is no integration "shopp" here (did you mean "shop"?).',
    ],
    'a target whose name is not an integration': [
      'version: 1\ntargets:\n  web: {}\n',
      '3:3: targets.web: it needs an integration:, because "web" is not one (known: host, shop).',
    ],
    'a command as a line of shell': [
      `${MINIMAL}service: { start: systemctl start x, stop: [a] }\n`,
      '4:19: service.start: expected a list of arguments such as [systemctl, restart, web], found "systemctl start x".',
    ],
    'stop without start': [
      `${MINIMAL}service: { stop: [a] }\n`,
      '4:10: service: stop and start belong together: give both or neither.',
    ],
    'an unknown indicator': [
      `${MINIMAL}objectives:\n  - { indicator: shop.duration.p59, target: 1s }\n`,
      '5:18: objectives[0].indicator: there is no indicator "shop.duration.p59" here (did you mean "shop.duration.p95"?).',
    ],
    'an objective without limits': [
      `${MINIMAL}objectives:\n  - indicator: shop.duration.p95\n`,
      '5:5: objectives[0]: it has no limit: give target, warning or critical.',
    ],
    'a limit in the wrong unit': [
      `${MINIMAL}objectives:\n  - { indicator: shop.duration.p95, target: 5MiB }\n`,
      '5:45: objectives[0].target: expected a duration such as 500ms or 2s, found "5MiB".',
    ],
    'limits in the wrong order': [
      `${MINIMAL}objectives:\n  - { indicator: shop.duration.p95, warning: 2s, critical: 1s }\n  - { indicator: shop.rate, warning: 1, critical: 2 }\n`,
      '5:60: objectives[0].critical: it is below warning: lower is better here, so critical has to be the worse of the two.',
      '6:51: objectives[1].critical: it is above warning: higher is better here, so critical has to be the worse of the two.',
    ],
    'an objective on a target that is not there': [
      `${MINIMAL}objectives:\n  - { indicator: shop.duration.p95, target: 1s, on: shob }\n`,
      '5:53: objectives[0].on: there is no target "shob" here (did you mean "shop"?).',
    ],
    'a load on a target that is not there': [
      `${MINIMAL}load: { target: shob }\n`,
      '4:17: load.target: there is no target "shob" here (did you mean "shop"?).',
    ],
    'a rate that is missing': [
      `${MINIMAL}load: { shape: constant-rate }\n`,
      '4:1: load.rate: it is missing: constant-rate needs the requests per second.',
    ],
    'a path that would split the request': [
      `${MINIMAL}load: { endpoints: ["/a b"] }\n`,
      '4:21: load.endpoints[0]: expected percent-encoded ASCII without spaces, found "/a b".',
    ],
    'two endpoints of one name': [
      `${MINIMAL}load: { endpoints: [/a, { path: /a }] }\n`,
      '4:25: load.endpoints[1]: a second endpoint is called "GET /a": give them different names.',
    ],
    'an unknown rule': [
      `${MINIMAL}rules: { shop/slwo: { limit: 1s } }\n`,
      '4:10: rules.shop/slwo: there is no rule "shop/slwo" here (did you mean "shop/slow"?).',
    ],
    'an unknown threshold': [
      `${MINIMAL}rules: { shop/slow: { limits: 1s } }\n`,
      '4:23: rules.shop/slow.limits: there is no threshold "limits" here (did you mean "limit"?).',
    ],
    'a threshold in the wrong unit': [
      `${MINIMAL}rules: { shop/slow: { limit: 5MiB } }\n`,
      '4:30: rules.shop/slow.limit: expected a number in the unit "s", found "5MiB".',
    ],
    'a file that is a list': ['- 1\n- 2\n', '1:1: the file: expected version: 1, targets: …; found a list.'],
    'a file that is empty': ['# nothing\n', '1:1: the file: expected version: 1, targets: …; it is empty.'],
  };
  for (const [what, [text, ...expected]] of Object.entries(cases)) {
    it(what, async () => assert.deepEqual(await messages(text), expected));
  }

  it('all of them at once, in the order of the file', async () => {
    const text = `version: one
targets:
  shop: { urll: x }
  web: {}
load: { users: 0 }
trial: { blocks: 2 }
`;
    assert.deepEqual(
      (await messages(text)).map((line) => line.split(': ').slice(0, 2).join(' ')),
      [
        '1:10 version',
        '3:3 targets.shop.url',
        '3:11 targets.shop.urll',
        '4:3 targets.web',
        '5:16 load.users',
        '6:18 trial.blocks',
      ],
    );
  });

  it('at most twenty', async () => {
    const keys = Array.from({ length: 30 }, (_, index) => `unknown${index}: 1\n`).join('');
    const lines = await messages(MINIMAL + keys);
    assert.equal(lines.length, 21);
    assert.equal(lines.at(-1), '… and 10 more.');
  });

  it('does not call an indicator unknown that a broken target would have brought', async () => {
    const lines = await messages(
      'version: 1\ntargets:\n  shop: {}\nobjectives: [{ indicator: shop.rate, target: 1 }]\n',
    );
    assert.equal(lines.length, 1);
  });

  it('keeps credentials and terminal control out of the message', async () => {
    const [line] = await messages(
      'version: 1\ntargets:\n  shop: { url: http://a.test, requests: "http://u:pw@h/\\e[31m" }\n',
    );
    assert.match(line!, /found "http:\/\/…@h\/ \[31m"/);
  });
});

describe('secrets', () => {
  const withToken = (token: string) => `version: 1\ntargets:\n  shop: { url: http://a.test, token: ${token} }\n`;

  it('are resolved in the options and nowhere else, and known to the redactor', async () => {
    const { config, redactor } = await parse(withToken("'x-${env:TOKEN}-$${env:TOKEN}'"), { TOKEN: 'hunter22' });
    assert.deepEqual(config.targets[0]?.options, {
      url: 'http://a.test',
      token: 'x-hunter22-${env:TOKEN}',
      requests: 20,
      timeout: 10,
    });
    assert.deepEqual(config.targets[0]?.rawOptions, { url: 'http://a.test', token: 'x-${env:TOKEN}-$${env:TOKEN}' });
    assert.equal(redactor.redact('token hunter22!'), 'token ‹redacted›!');
  });

  it('come from files beside the configuration, without the last line break', async (t) => {
    const directory = temporary(t);
    writeFileSync(join(directory, 'token'), 'hunter22\r\n');
    writeFileSync(join(directory, 'pitwall.yaml'), withToken("'${file:token}'"));
    const { config } = await loadConfig(join(directory, 'pitwall.yaml'), { environment: {}, registry: REGISTRY });
    assert.equal((config.targets[0]!.options as { token: string }).token, 'hunter22');
  });

  it('that are missing are named with their place', async () => {
    assert.deepEqual(await messages(withToken("'${env:TOKEN}'")), [
      '3:38: targets.shop.token: the secret ${env:TOKEN} cannot be read: the environment variable is not set.',
    ]);
    assert.deepEqual(await messages(withToken("'${file:/nowhere/token}'")), [
      '3:38: targets.shop.token: the secret ${file:/nowhere/token} cannot be read: there is no such file.',
    ]);
    assert.match((await messages(withToken("'${env:constructor}'")))[0]!, /not set/);
    const url = "version: 1\ntargets:\n  shop: { url: '${env:URL}' }\n";
    assert.equal((await messages(url)).length, 1, 'that the reference is not a URL is no news');
  });

  it('are never read from a folder, a device or a big file', async (t) => {
    const directory = temporary(t);
    writeFileSync(join(directory, 'big'), Buffer.alloc(64 * 1024 + 1, 'a'));
    writeFileSync(join(directory, 'binary'), Buffer.from([0xff, 0xfe, 0x00]));
    const reason = async (path: string) => (await messages(withToken(`'\${file:${path}}'`)))[0]!.split('read: ')[1];
    assert.equal(await reason(directory), 'it is not a regular file.');
    assert.equal(await reason('/dev/zero'), 'it is not a regular file.');
    assert.equal(await reason(join(directory, 'big')), 'the file is larger than 64 KiB.');
    assert.equal(await reason(join(directory, 'binary')), 'the file is not UTF-8 text.');
  });

  it('that are not written as references are refused, not taken as they are', async () => {
    for (const wrong of ['${TOKEN}', '${vault:token}', '${env:}', '${env:TOKEN']) {
      assert.match((await messages(withToken(`'${wrong}'`)))[0]!, /expected \$\{env:NAME\} or \$\{file:PATH\}/, wrong);
    }
  });

  it('do not show in a message, whatever a schema says', async () => {
    const lines = await messages(withToken("'${env:TOKEN}'"), { TOKEN: 'hunter 22' });
    assert.deepEqual(lines, ['3:38: targets.shop.token: it has a space: ‹redacted›.']);
  });
});

function temporary(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'pitwall-config-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
