import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { answering } from '../../src/integrations/http/test-servers.ts';
import { run, writeConfig } from './bad-support.ts';
import { inFolder } from './support.ts';

/** Names and answers that try to be something else: to a terminal, to Markdown, to a browser, to SQL. */

const EVIL = '\u001b[2J\u001b]0;owned\u0007<img src=x onerror=alert(1)>\n# owned\n|a|b|\u202e`x`';

const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** Nothing of ours is written in red here: with NO_COLOR every control character comes from outside. */
function assertInert(where: string, text: string): void {
  const at = text.search(controls);
  assert.equal(at, -1, `${where}: ${JSON.stringify(text.slice(Math.max(0, at - 60), at + 30))}`);
}

async function checkHostile(cwd: string, args: readonly string[]): Promise<void> {
  for (const more of [['--json'], []]) {
    const { status, stdout, stderr } = await run(['check', '--details', '--window', '100ms', ...args, ...more], {
      cwd,
    });
    assert.ok(status === 0 || status === 1 || status === 3, `${status} ${stderr}`);
    assertInert('stderr', stderr);
    if (more.length === 0) assertInert('stdout', stdout);
    else JSON.parse(stdout);
  }
  const { status, stderr } = await run(['report', '--out', 'r.md', '--out', 'r.html', '--out', 'r.json', '--quiet'], {
    cwd,
  });
  assert.equal(status, 0, stderr);
  const markdown = readFileSync(join(cwd, 'r.md'), 'utf8');
  assertInert('Markdown', markdown);
  assert.doesNotMatch(markdown, /^\s*# owned/m, 'a name made a line of its own');
  assert.doesNotMatch(markdown, /(?<![`\\&])<img/, 'Markdown has a tag');
  const html = readFileSync(join(cwd, 'r.html'), 'utf8');
  assertInert('HTML', html);
  assert.doesNotMatch(html, /<img|onerror=alert\(1\)>/);
  assert.match(html, /Content-Security-Policy/i);
  JSON.parse(readFileSync(join(cwd, 'r.json'), 'utf8'));
}

test('names of tables, columns, indexes and queries', () =>
  inFolder(async (cwd) => {
    const path = join(cwd, 'evil.db');
    const database = new DatabaseSync(path);
    const name = EVIL.replaceAll('"', '""');
    database.exec(`
      CREATE TABLE "${name}" (id INTEGER PRIMARY KEY, "${name}" INTEGER, note TEXT);
      CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES "${name}" (id));
      CREATE INDEX "i${name}" ON "${name}" (note); CREATE INDEX "j${name}" ON "${name}" (note, id);
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO "${name}" SELECT i, i % 500, 'n' FROM n;
      INSERT INTO child SELECT id, id FROM "${name}";`);
    database.close();
    const sql = `SELECT id FROM "${name}" WHERE "${name}" = ?`;
    const queries = { [EVIL]: { sql, params: [[1], [2]] } };
    writeConfig(cwd, { targets: { db: { integration: 'sqlite', path: 'evil.db', queryBudget: '50ms', queries } } });
    await checkHostile(cwd, []);

    const planned = await run(['plan', '--out', 'plan.json', '--quiet'], { cwd });
    assert.equal(planned.status, 0, planned.stderr);
    assertInert('plan', planned.stdout);
    const dry = await run(['apply', 'plan.json', '--dry-run'], { cwd });
    assert.equal(dry.status, 0, dry.stderr);
    assertInert('dry run', dry.stdout);
    const applied = await run(['apply', 'plan.json'], { cwd });
    assert.ok(applied.status === 0 || applied.status === 4, applied.stderr);
    assertInert('apply', applied.stdout + applied.stderr);
    assertInert('history', (await run(['history'], { cwd })).stdout);
    const back = await run(['rollback', 'all'], { cwd });
    assert.equal(back.status, 0, back.stderr);
    assertInert('rollback', back.stdout + back.stderr);
    const after = new DatabaseSync(path);
    assert.equal(after.prepare('SELECT count(*) AS n FROM child').get()?.n, 20_000);
    after.close();
  }));

test('names of the service and of endpoints, and what a service answers', async (t) => {
  const head =
    'HTTP/1.1 200 \u001b[31mFINE<img src=x>\r\nServer: <img src=x onerror=alert(1)>\u001b[2J\r\nContent-Type: text/html\u009b2J';
  const url = `http://127.0.0.1:${await answering(t, Buffer.from(`${head}\r\nContent-Length: 2\r\n\r\nok`, 'latin1'))}`;
  await inFolder(async (cwd) => {
    const endpoints = [
      { path: '/', name: EVIL.slice(0, 80) },
      { path: '/<img>|`', name: 'plain' },
    ];
    writeConfig(cwd, {
      service: { name: EVIL },
      targets: { web: { integration: 'http', url, endpoints, requests: 2, timeout: '300ms' } },
      load: { users: 1, duration: '500ms', warmup: '0s', timeout: '300ms' },
    });
    await checkHostile(cwd, []);
    const loaded = await run(['load', '--out', 'load.md', '--out', 'load.html'], { cwd });
    assertInert('load', loaded.stdout + loaded.stderr);
    for (const file of ['load.md', 'load.html']) assertInert(file, readFileSync(join(cwd, file), 'utf8'));
    assertInert('history', (await run(['history'], { cwd })).stdout);
  });
});

test('arguments: names on the command line are shown without what they do to a terminal', () =>
  inFolder(async (cwd) => {
    for (const args of [
      [EVIL],
      ['check', `--${EVIL}`],
      ['check', EVIL],
      ['check', '--config', EVIL],
      ['check', '--url', EVIL],
      ['explain', EVIL],
      ['schema', EVIL],
      ['init', EVIL],
      ['check', '--window', EVIL],
    ]) {
      const { status, stdout, stderr } = await run(args, { cwd });
      assert.equal(status, 2, stderr);
      assert.equal(stdout, '');
      assertInert(args.join(' '), stderr);
    }
  }));
