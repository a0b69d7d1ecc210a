// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look like that in the configuration.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { httpServer } from '../../src/integrations/http/test-servers.ts';
import { DATABASE, run, writeConfig, writeShop } from './bad-support.ts';
import { inFolder } from './support.ts';

/** A secret of the configuration is sent where it belongs and is found nowhere else, whatever the service does with it. */

const SECRET = 'tok"en<&/ 7f3a-Zq9x-very-secret';
const PASSWORD = 'hunter2-in-a-file';

/** Gives every header it gets back, in every place an answer has. */
function parrot(t: TestContext): Promise<string> {
  return httpServer(t, ({ headers }, response) => {
    const given = String(headers['x-api-key'] ?? 'none');
    response.statusMessage = given.replaceAll(/[^ -~]/g, '');
    response.setHeader('Content-Type', 'text/html');
    for (const name of ['Server', 'ETag', 'Cache-Control', 'Vary']) response.setHeader(name, given);
    response.end(`<p>${given} ${headers.authorization}</p>`);
  });
}

function writeSecretConfig(cwd: string, url: string): void {
  const headers = { 'x-api-key': '${env:PITWALL_TEST_TOKEN}', authorization: 'Basic ${file:password}' };
  writeFileSync(join(cwd, 'password'), `${PASSWORD}\n`);
  const endpoints = [{ path: '/', name: 'home', headers }];
  const queries = {
    ...DATABASE.queries,
    'by-note': { sql: 'SELECT id FROM orders WHERE note = ?', params: [['${env:PITWALL_TEST_TOKEN}']] },
  };
  writeConfig(cwd, {
    targets: {
      web: { integration: 'http', url, endpoints, requests: 2, timeout: '500ms' },
      db: { ...DATABASE, queries },
    },
    load: { users: 1, duration: '500ms', warmup: '0s', timeout: '500ms' },
    trial: { blocks: 4, blockDuration: '100ms' },
  });
}

const env = { PITWALL_TEST_TOKEN: SECRET };

/** Neither as it is, nor as it looks in JSON, HTML or a URL; nor a beginning of it that was cut off. */
function assertClean(where: string, text: string): void {
  const forms = [
    SECRET,
    JSON.stringify(SECRET).slice(1, -1),
    encodeURIComponent(SECRET),
    '7f3a-Zq9x',
    'tok"en',
    'tok\\"en',
    'tok&quot;en',
    PASSWORD,
  ];
  for (const form of forms)
    assert.ok(
      !text.includes(form),
      `${where} has ${form}: ${text.slice(Math.max(0, text.indexOf(form) - 200), text.indexOf(form) + 100)}`,
    );
}

function assertFolderClean(cwd: string): void {
  const files = readdirSync(cwd, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name !== 'password',
  );
  for (const entry of files) {
    const path = join(entry.parentPath, entry.name);
    assertClean(path, readFileSync(path, 'latin1'));
  }
}

test(
  'check, plan, apply, load, report: a secret that the service gives back is in no output, file or store',
  { timeout: 60_000 },
  (t) =>
    inFolder(async (cwd) => {
      const url = await parrot(t);
      writeShop(cwd);
      writeSecretConfig(cwd, url);
      const out = (name: string) => ['html', 'md', 'json'].flatMap((ending) => ['--out', `${name}.${ending}`]);
      for (const args of [
        ['check', '--details', '--window', '100ms', '--save-observation', 'seen.json', ...out('check')],
        ['check', '--json', '--window', '100ms'],
        ['check', '--from-observation', 'seen.json', ...out('again')],
        ['load', ...out('load')],
        ['plan', '--out', 'plan.json'],
        ['apply', 'plan.json', '--dry-run'],
        ['apply', 'plan.json', ...out('apply')],
        ['report', ...out('report')],
        ['history', '--json'],
        ['rollback', 'all'],
      ]) {
        const { status, stdout, stderr } = await run(args, { cwd, env });
        assert.ok(status !== null && [0, 1, 4].includes(status), `${args.join(' ')}: ${status} ${stderr}`);
        assertClean(`stdout of ${args.join(' ')}`, stdout);
        assertClean(`stderr of ${args.join(' ')}`, stderr);
      }
      assert.match(readFileSync(join(cwd, 'seen.json'), 'utf8'), /‹redacted›/, 'it was there to be redacted');
      assertFolderClean(cwd);
    }),
);

test('errors: a secret in the address of a service that is down, and in a value that is refused', () =>
  inFolder(async (cwd) => {
    const address = { PITWALL_TEST_TOKEN: 'secrethostname' };
    for (const [url, status] of [
      ['http://${env:PITWALL_TEST_TOKEN}.invalid:1', 3],
      ['ftp://${env:PITWALL_TEST_TOKEN}', 2],
      ['http://127.0.0.1:1/${env:PITWALL_TEST_TOKEN}', 3],
    ] as const) {
      writeConfig(cwd, {
        targets: { web: { integration: 'http', url, timeout: '300ms' } },
        load: { duration: '500ms', warmup: '0s' },
      });
      for (const command of [['check', '--out', 'report.html'], ['load']]) {
        const ended = await run(command, { cwd, env: address });
        // No load is sent to a name that is not this host.
        assert.ok(
          ended.status === status || (command[0] === 'load' && ended.status === 2),
          `${url}: ${ended.status} ${ended.stderr}`,
        );
        assert.doesNotMatch(ended.stdout + ended.stderr, /secrethostname/);
      }
    }
    for (const entry of readdirSync(cwd, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      assert.ok(!readFileSync(join(entry.parentPath, entry.name), 'latin1').includes('secrethostname'), entry.name);
    }
  }));
