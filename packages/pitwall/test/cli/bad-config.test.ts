// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look like that in the configuration.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertSaid, run, unchanged } from './bad-support.ts';
import { inFolder } from './support.ts';

/** Configurations that are wrong in one way each: exit code 2, file, line, column and key, and nothing is written. */

const TARGET = 'targets:\n  web: { integration: http, url: "http://127.0.0.1:1" }\n';

const BAD: readonly (readonly [name: string, yaml: string | Buffer, says: RegExp])[] = [
  ['is empty', '', /pitwall\.yaml:1:1: the file: expected version: 1, targets: …; it is empty/],
  ['has only a comment', '# later\n', /pitwall\.yaml:1:1: the file: .*it is empty/],
  ['is not YAML', 'version: 1\ntargets: [unclosed\n', /pitwall\.yaml:\d+:\d+: not valid YAML: /],
  ['is binary', Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x81]), /Cannot read .*pitwall\.yaml: it is not UTF-8 text/],
  ['is a list', '- version: 1\n', /pitwall\.yaml:1:1: the file: expected version: 1, targets: …; found a list/],
  [
    'has text where a map belongs',
    'version: 1\ntargets: everything\n',
    /pitwall\.yaml:2:10: targets: expected .*"everything"/,
  ],
  [
    'has a duration without a unit',
    `version: 1\n${TARGET}load: { duration: soon }\n`,
    /pitwall\.yaml:4:19: load\.duration: expected .*"soon"/,
  ],
  [
    'has a number where a list belongs',
    `version: 1\n${TARGET}objectives: 5\n`,
    /pitwall\.yaml:4:13: objectives: expected .*list/,
  ],
  [
    'has an unknown key',
    `version: 1\n${TARGET}objectivs: []\n`,
    /pitwall\.yaml:4:1: objectivs: .*did you mean "objectives"\?/,
  ],
  [
    'has an unknown key in a target',
    'version: 1\ntargets:\n  web: { integration: http, url: "http://127.0.0.1:1", request: 3 }\n',
    /pitwall\.yaml:3:\d+: targets\.web\.request: .*did you mean "requests"\?/,
  ],
  [
    'names an integration that there is not',
    'version: 1\ntargets:\n  db: { integration: sqllite, path: a.db }\n',
    /pitwall\.yaml:3:\d+: targets\.db\.integration: .*did you mean "sqlite"\?/,
  ],
  ['has a key twice', `version: 1\n${TARGET}${TARGET}`, /pitwall\.yaml:4:1: not valid YAML: this key is there twice/],
  [
    'needs a secret of the environment that is not set',
    'version: 1\ntargets:\n  web:\n    integration: http\n    url: "http://127.0.0.1:1"\n    endpoints: [{ path: /, headers: { authorization: "${env:PITWALL_TEST_MISSING}" } }]\n',
    /pitwall\.yaml:6:\d+: targets\.web\.endpoints\[0\]\.headers\.authorization: the secret \$\{env:PITWALL_TEST_MISSING\} cannot be read: the environment variable is not set/,
  ],
  [
    'needs a secret of a file that is not there',
    'version: 1\ntargets:\n  web:\n    integration: http\n    url: "http://127.0.0.1:1"\n    endpoints: [{ path: /, headers: { authorization: "${file:no/such}" } }]\n',
    /the secret \$\{file:no\/such\} cannot be read: there is no such file/,
  ],
  ['is of a newer version', `version: 2\n${TARGET}`, /pitwall\.yaml:1:10: version: expected 1/],
  ['has terminal escapes in a key', `version: 1\n${TARGET}"\\e[31mred\\nline": 1\n`, /pitwall\.yaml:4:1: /],
];

for (const [name, yaml, says] of BAD) {
  test(`check: a configuration that ${name}`, () =>
    inFolder(async (cwd) => {
      writeFileSync(join(cwd, 'pitwall.yaml'), yaml);
      const ended = await unchanged(cwd, () => run(['check'], { cwd }));
      assertSaid(ended, 2, says);
      assert.equal(ended.stdout, '');
      assert.equal(existsSync(join(cwd, '.pitwall')), false, 'no store was made');
    }));
}

test('every command that reads the configuration refuses a missing one in the same way', () =>
  inFolder(async (cwd) => {
    for (const args of [
      ['check'],
      ['load'],
      ['plan'],
      ['apply', 'plan.json'],
      ['rollback', 'all'],
      ['recover'],
      ['history'],
      ['report'],
    ]) {
      const ended = await unchanged(cwd, () => run(args, { cwd }));
      assertSaid(
        ended,
        2,
        /^pitwall: There is no configuration file at .*pitwall\.yaml\.\nhint: Write one with `pitwall init URL`/,
      );
    }
    assertSaid(await run(['check', '--config', 'other.yaml'], { cwd }), 2, /other\.yaml/);
  }));

test('a folder in place of the configuration', () =>
  inFolder(async (cwd) => {
    mkdirSync(join(cwd, 'pitwall.yaml'));
    assertSaid(await run(['check'], { cwd }), 2, /Cannot read .*pitwall\.yaml: it is a folder/);
  }));

test('several mistakes are all named, the first as the sentence', () =>
  inFolder(async (cwd) => {
    writeFileSync(join(cwd, 'pitwall.yaml'), `version: 1\n${TARGET}objectivs: []\nstat: x\n`);
    const { status, stderr } = await run(['check'], { cwd });
    assert.equal(status, 2);
    assert.match(stderr, /^pitwall: .*objectivs: [^\n]+\n {9}[^\n]*stat: [^\n]+\nhint: [^\n]+\n$/);
  }));

test('flags that are no configuration: a URL that is none, and --config beside --url', () =>
  inFolder(async (cwd) => {
    assertSaid(await run(['check', '--url', 'not a url'], { cwd }), 2, /--url: expected a URL/);
    assertSaid(
      await run(['check', '--url', 'http://127.0.0.1:1', '--config', 'a.yaml'], { cwd }),
      2,
      /exclude each other/,
    );
    assertSaid(
      await run(['check', '--url', 'http://u:hunter2secret@127.0.0.1:1'], { cwd }),
      2,
      /it contains credentials/,
    );
    const { stderr } = await run(['check', '--url', 'http://u:hunter2secret@127.0.0.1:1'], { cwd });
    assert.doesNotMatch(stderr, /hunter2secret/);
  }));

test('saved observations that are none', () =>
  inFolder(async (cwd) => {
    const from = (content: string) => {
      writeFileSync(join(cwd, 'seen.json'), content);
      return run(['check', '--from-observation', 'seen.json'], { cwd });
    };
    assertSaid(await run(['check', '--from-observation', 'missing.json'], { cwd }), 2, /Cannot read missing\.json/);
    assertSaid(await from('{'), 2, /seen\.json is not a saved observation/);
    assertSaid(await from('{"kind":"pitwall-observation","schemaVersion":2}'), 2, /schemaVersion/);
    assertSaid(await from('[]'), 2, /seen\.json is not a saved observation/);
  }));
