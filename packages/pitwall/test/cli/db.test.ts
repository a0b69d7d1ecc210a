import assert from 'node:assert/strict';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import type { DatabaseReport } from '../../src/model/database.ts';
import type { Report } from '../../src/model/report.ts';
import { parseReport } from '../../src/report/json.ts';
import { sharedPostgresql } from '../support/postgresql.ts';
import { withoutExtension } from '../support/postgresql-programs.ts';
import { COUNTED } from './postgresql-support.ts';
import { type Ended, pitwall, pitwallEach } from './support.ts';

/** `pitwall db` as its users have it: a PostgreSQL that counts and logs, and a SQLite file. */
const cwd = mkdtempSync(join(tmpdir(), 'pitwall-db-'));

/** Values that statements are called with; no report and nothing that is kept may have them. */
const SECRET = 'ann.geheim@example.org';
const SECRET_NUMBER = '4815162342';

const postgresql = sharedPostgresql(
  { settings: { ...COUNTED, log_line_prefix: '%m [%p] %q%u@%d ' } },
  async (server) => {
    await server.createDatabase('shop');
    await server.query(
      `CREATE EXTENSION pg_stat_statements; ${withoutExtension('hypopg') ? '' : 'CREATE EXTENSION hypopg;'}
       CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL, number bigint NOT NULL);
       CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL, status text NOT NULL, at int NOT NULL, note text);
       INSERT INTO customers SELECT i, 'c' || i || '@example.org', i FROM generate_series(1, 5000) i;
       INSERT INTO orders SELECT i, i % 5000, CASE WHEN i % 50 = 0 THEN 'open' ELSE 'done' END, i, repeat('x', 40) FROM generate_series(1, 40000) i;
       CREATE ROLE watcher LOGIN PASSWORD 'watcher word'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO watcher`,
      [],
      'shop',
    );
    // What made the tables is no workload.
    const counting = [
      'ANALYZE',
      'SELECT pg_stat_statements_reset()',
      'ALTER SYSTEM SET log_min_duration_statement = 0',
    ];
    for (const text of [...counting, 'SELECT pg_reload_conf()']) await server.query(text, [], 'shop');
    await callsOf(30);
    writeConfig();
  },
);

/** The application: its values are in the texts, as a careless one sends them, and in parameters. */
async function callsOf(times: number): Promise<void> {
  const client = new pg.Client({ connectionString: postgresql.server.url('shop') });
  await client.connect();
  for (let i = 0; i < times; i++) {
    await client.query(`/*route='GET%20%2Fcustomers%2F:id'*/ SELECT id FROM customers WHERE email = '${i}.${SECRET}'`);
    await client.query(`SELECT email FROM customers WHERE number = ${SECRET_NUMBER}${i} + 0`);
    await client.query('SELECT id, at FROM orders WHERE customer_id = $1 ORDER BY at DESC LIMIT 10', [i * 7]);
  }
  await client.end();
}

function writeConfig(): void {
  const { server } = postgresql;
  const shop = {
    integration: 'postgresql',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference to a secret looks like that.
    url: '${env:SHOP}',
    logs: [join(server.directory, 'log')],
    whatIf: 'allowed',
  };
  const file = { integration: 'sqlite', path: 'file.db', queries: { mine: { sql: MINE, params: [[SECRET]] } } };
  const tree = (targets: object) => JSON.stringify({ version: 1, service: { name: 'shop' }, targets });
  writeFileSync(join(cwd, 'pitwall.yaml'), tree({ shop }));
  writeFileSync(join(cwd, 'both.yaml'), tree({ shop, file }));
  writeFileSync(join(cwd, 'file.yaml'), tree({ file }));
  writeFileSync(join(cwd, 'copy.yaml'), tree({ shop: { ...shop, allowCopy: true, whatIf: 'copy' } }));
}

const MINE = 'SELECT id, total FROM sales WHERE customer = ? ORDER BY at';

before(() => {
  const db = new DatabaseSync(join(cwd, 'file.db'));
  db.exec('CREATE TABLE sales (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, at INTEGER NOT NULL, total INTEGER)');
  const insert = db.prepare('INSERT INTO sales (customer, at, total) VALUES (?, ?, ?)');
  db.exec('BEGIN');
  for (let i = 0; i < 20_000; i++) insert.run(`c${i % 4000}`, i, i);
  db.exec('COMMIT; ANALYZE');
  db.close();
});
after(() => rmSync(cwd, { recursive: true, force: true }));

const needs = { skip: postgresql.skip || withoutExtension('hypopg'), timeout: 120_000 };
const env = () => ({ SHOP: postgresql.server.url('shop') });
const run = (...args: string[]): Promise<Ended> => pitwall(args, { cwd, env: env() });

async function report(...args: string[]): Promise<Report> {
  const { status, stdout, stderr } = await run(...args, '--json');
  assert.equal(status, 0, stderr);
  return parseReport(stdout);
}

const only = ({ databases }: Report): DatabaseReport => {
  assert.equal(databases?.length, 1);
  return databases![0]!;
};

/** Everything that is kept: runs, counters, the lot. */
const kept = () =>
  globSync('.pitwall/**', { cwd, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('');

test('shows statements, callers and findings, in every format, and no value of any of them', needs, async () => {
  const outs = ['a.html', 'a.md', 'a.json'].flatMap((file) => ['--out', file]);
  const { status, stdout, stderr } = await run('db', '--details', '--limit', '50', ...outs);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /STATEMENTS of shop/);
  assert.match(stdout, /SELECT id FROM customers WHERE email = \$1/);
  assert.match(stdout, /GET \/customers\/:id/);
  assert.match(stdout, /SELECT email FROM customers WHERE number = \$1 \+ \$2/);
  assert.match(stdout, /STORAGE of shop .*\s+TOTAL +SHARE.*\n.* public\.orders\n/);
  assert.match(stdout, /CACHE of shop +[\d.]+ % hits/);
  assert.match(stdout, /CONNECTIONS of shop +\d+ of \d+/);
  assert.match(stdout, /FINDINGS/);
  assert.match(stdout, /customer_id = \$1[\s\S]*?plan: .*orders[\s\S]*?\(as\s+planned\s+now\)/);
  assert.match(stdout, /Asking shop cost it \d+ statements and [\s\S]*its analysis may\s+take 50 %/);
  const parsed = parseReport(readFileSync(join(cwd, 'a.json'), 'utf8'));
  const sources = only(parsed).workload!.sources.map(({ id }) => id.split(':')[0]);
  assert.ok(sources.includes('statistics') && sources.includes('log'), String(sources));
  const plan = only(parsed).workload!.statements.find(({ text }) => text.includes('customer_id = $1'))!.plan!;
  assert.deepEqual([plan.heaviest!.title, plan.from], ['Seq Scan on orders', 'planner']);
  const [asked] = parsed.cost.asked!;
  assert.ok(asked!.statements > 20 && asked!.seconds > 0 && asked!.over > asked!.seconds / 2, JSON.stringify(asked));
  const written = ['a.html', 'a.md', 'a.json'].map((file) => readFileSync(join(cwd, file), 'utf8'));
  for (const text of [stdout, stderr, ...written, kept()]) {
    assert.ok(!text.includes(SECRET) && !text.includes(SECRET_NUMBER), 'a value of a statement is shown or kept');
    assert.ok(!text.includes(encodeURIComponent(postgresql.server.password)), 'the password is shown or kept');
  }
});

test('counts since the last look, or over a window', needs, async () => {
  const look = ['db', 'indexes', '--no-measure', '--limit', '50'];
  await report(...look);
  await callsOf(3);
  const since = only(await report(...look, '--since', 'last')).workload!;
  const mine = since.statements.find(({ text }) => text.includes('customer_id = $1'));
  assert.equal(mine?.calls, 3, JSON.stringify(since.statements.map(({ text, calls }) => [text, calls])));
  const { workload } = only(await report(...look, '--window', '1s'));
  assert.ok(workload!.window! >= 1 && workload!.window! < 20, String(workload!.window));
});

test('db indexes finds the index that is missing within the budget, and makes none', needs, async () => {
  const indexes = () => postgresql.server.query('SELECT indexname FROM pg_indexes ORDER BY 1', [], 'shop');
  const had = await indexes();
  const { advice } = only(await report('db', 'indexes', '--no-measure', '--seed', '3', '--out', 'i.html'));
  const created = advice!.proposals.filter(({ action }) => action === 'create').map(({ ddl }) => ddl);
  assert.ok(
    created.some((ddl) => /ON "public"\."orders" .*\(customer_id/.test(ddl)),
    String(created),
  );
  assert.match(readFileSync(join(cwd, 'i.html'), 'utf8'), /Time of the workload by bytes of new indexes/);
  const small = only(await report('db', 'indexes', '--no-measure', '--budget', '10KB')).advice!;
  assert.deepEqual(
    small.proposals.filter(({ action }) => action === 'create'),
    [],
  );
  assert.ok(small.rejected.some(({ because }) => /budget/.test(because)));
  assert.deepEqual(await indexes(), had);
});

test('db explain says the plan, what would help, and no values unless details are asked for', needs, async () => {
  const text = `SELECT id, at FROM orders WHERE customer_id = 77 AND note <> '${SECRET}' ORDER BY at`;
  const { stdout } = await run('db', 'explain', text);
  assert.match(stdout, /Seq Scan on orders/);
  assert.match(stdout, /Filter: \(\(note <> \?::text\) AND \(customer_id = \?\)\)/);
  assert.match(stdout, /create pitwall_orders_customer_id/);
  assert.match(stdout, /Values are left out; --details shows them\./);
  assert.ok(!stdout.includes(SECRET) && !/\b77\b(?! statements|\.\d)/.test(stdout), stdout);
  const details = await run('db', 'explain', text, '--details', '--no-indexes', '--run');
  assert.match(details.stdout, /customer_id = 77/);
  assert.ok(details.stdout.includes(SECRET));
  assert.match(details.stdout, /8 rows \(\d+ expected\)/);
  assert.ok(!kept().includes(SECRET));
  const generic = only(await report('db', 'explain', 'SELECT at FROM orders WHERE id = $1'));
  assert.deepEqual(generic.explained!.indexes, ['orders_pkey']);
  assert.match(generic.advice!.nothingToDo!, /No other index would help|those that exist serve/);
});

test('db explain runs nothing that writes, and says what is wrong with a statement', needs, async () => {
  const refused = await run('db', 'explain', '--run', '--no-indexes', 'DELETE FROM orders WHERE id = 5');
  assert.match(refused.stdout, /Not run: it writes\./);
  const [row] = await postgresql.server.query<{ n: number }>('SELECT count(*)::int AS n FROM orders', [], 'shop');
  assert.equal(row!.n, 40_000);
  const lines: readonly (readonly [string[], RegExp])[] = [
    [['SELEC 1'], /not understood.*syntax error at or near "SELEC"/],
    [['SELECT 1; DROP TABLE orders'], /there are 2 statements/],
    [['SELECT * FROM nowhere'], /does not plan the statement: relation "nowhere" does not exist/],
    [['SELECT * FROM orders WHERE id = $1', '--param', '1', '--param', '2'], /supplies 2 parameters/],
    [['SELECT * FROM orders WHERE id = $1', '--param', 'x'], /invalid input syntax for type integer/],
    [[''], /there is no statement in it/],
  ];
  const ended = await pitwallEach(
    lines.map(([args]) => ['db', 'explain', ...args]),
    { cwd, env: env() },
  );
  for (const [i, { status, stderr }] of ended.entries()) {
    assert.equal(status, 2, stderr);
    assert.match(stderr, lines[i]![1]);
    assert.doesNotMatch(stderr, /report this as a bug|Cannot reach|\n\s+at /);
  }
});

test('does without a configuration file; the password is in no output and in no error', needs, async () => {
  const url = new URL(postgresql.server.url('shop'));
  writeFileSync(join(cwd, 'mine.sql'), '-- calls: 500\nSELECT id FROM orders WHERE status = $1 AND at > $2;\n');
  const given = await report('db', '--postgresql', url.href, '--statements', 'mine.sql', '--limit', '100');
  const { workload } = only(given);
  assert.ok(workload!.statements.some(({ text }) => text.includes('status = $1 AND at > $2')));
  assert.ok(!JSON.stringify(given).includes(url.password));
  const wrong = new URL(url);
  wrong.password = 'not-that-one';
  const nobody = new URL(url);
  nobody.port = '1';
  const ended = await pitwallEach(
    [
      ['db', '--postgresql', wrong.href],
      ['db', '--postgresql', nobody.href],
      ['db', '--postgresql', 'postgres://me:p@ss word@:x/y'],
      ['db', '--config', 'both.yaml', '--statements', 'mine.sql'],
      ['db', '--url', 'http://127.0.0.1:1'],
      ['db', '--target', 'other'],
      ['db', 'explain', 'SELECT 1', '--config', 'both.yaml'],
      ['db', '--max-load', '200%'],
      ['db', '--budget', '1MB'],
      ['db', 'indices'],
      ['db', '--watch', '--json'],
      ['db', '--config', 'nowhere.yaml'],
    ],
    { cwd, env: env() },
  );
  const said: readonly (readonly [number, RegExp])[] = [
    [3, /password authentication failed/],
    [3, /Cannot reach the database/],
    [2, /--postgresql: expected a URL.*percent-encoded\)\.\n/],
    [2, /several targets are databases \(shop, file\); say with --target/],
    [2, /There is no database among the targets/],
    [2, /no database other among the targets[\s\S]*There are: shop/],
    [2, /Several targets are databases[\s\S]*shop, file/],
    [2, /--max-load 200%/],
    [2, /--budget does nothing with pitwall db\./],
    [2, /does not take indices/],
    [2, /--json does nothing with --watch/],
    [2, /no configuration file[\s\S]*pitwall db --postgresql URL/],
  ];
  for (const [i, { status, stdout, stderr }] of ended.entries()) {
    const [code, sentence] = said[i]!;
    assert.match(stderr, sentence);
    assert.equal(status, code, stderr);
    assert.doesNotMatch(stdout + stderr, /not-that-one|p@ss|secret%20of|secret of/);
  }
});

test('a role without rights sees its own, and is told what it does not see', needs, async () => {
  const url = new URL(postgresql.server.url('shop'));
  url.username = 'watcher';
  url.password = encodeURIComponent('watcher word');
  const { status, stdout, stderr } = await run('db', '--postgresql', url.href, '--no-confirm');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /STATEMENTS of [\s\S]*hidden\s+from\s+ours:\s+GRANT\s+pg_read_all_stats/);
  assert.match(stdout, /NOT MEASURABLE[\s\S]*may not see [\s\S]*GRANT\s+pg_read_all_stats/);
  writeFileSync(
    join(cwd, 'watcher.yaml'),
    `version: 1\nservice: { name: shop }\ntargets:\n  db: { integration: postgresql, url: "${url.href}", whatIf: allowed }\n`,
  );
  const advice = await run('db', 'indexes', '--config', 'watcher.yaml');
  assert.match(advice.stdout, /INDEXES of db {3}not known[\s\S]*GRANT/);
  assert.doesNotMatch(advice.stdout, /nothing to do/);
  // A test has no terminal: on a primary HypoPG wants to be allowed, and what allows it is named.
  const unattended = await run('db', 'indexes', '--postgresql', postgresql.server.url('shop'));
  assert.equal(unattended.status, 0, unattended.stderr);
  assert.match(
    unattended.stdout,
    /INDEXES of postgresql {3}not known[\s\S]*nobody\s+attends[\s\S]*`whatIf:\s+allowed`/,
  );
});

test('where no index can be tried out, the rest is told, and the reason with what to do', needs, async () => {
  const url = new URL(postgresql.server.url('shop'));
  const file = 'no-what-if.yaml';
  writeFileSync(
    join(cwd, file),
    `version: 1\nservice: { name: shop }\ntargets:\n  db: { integration: postgresql, url: "${url.href}", whatIf: 'off' }\n`,
  );
  const text = await run('db', 'indexes', '--config', file);
  assert.equal(text.status, 0, text.stderr);
  assert.match(text.stdout, /STATEMENTS of db {3}[1-9]/);
  assert.match(
    text.stdout,
    /INDEXES of db {3}not known\n\s+Cannot ask .* what an index would do: the option\s+`whatIf` is off/,
  );
  assert.doesNotMatch(text.stdout, /nothing to do/);
  const explained = await run('db', 'explain', 'SELECT * FROM orders WHERE status = $1', '--config', file);
  assert.match(explained.stdout, /PLAN on db[\s\S]*INDEXES of db {3}not known/);
  // What the hint tells to write is a configuration, as it stands.
  const [, hint] = only(await report('db', 'indexes', '--config', file)).advice!.notKnown!;
  const lines = [...hint!.matchAll(/`([^`]*)`/g)]
    .map(([, code]) => code!)
    .filter((code) => /^(version|targets):/.test(code));
  assert.equal(lines.length, 2, hint);
  // As its copy it gets itself, which is refused.
  await postgresql.server.createDatabase('bare');
  const bare = new URL(postgresql.server.url('bare'));
  writeFileSync(join(cwd, 'hint.yaml'), lines.join('\n').replaceAll('…', bare.href));
  writeFileSync(join(cwd, 'one.sql'), 'SELECT relname FROM pg_class WHERE relname = $1;');
  const told = await run('db', 'indexes', '--config', 'hint.yaml', '--statements', 'one.sql');
  assert.match(
    told.stdout,
    /one\.sql: 1 call[\s\S]*is\s+the\s+database\s+itself,\s+and\s+no\s+copy\s+of\s+it/,
    told.stderr,
  );
});

test('two databases in one configuration, and SQLite alone', needs, async () => {
  const both = await report('db', 'indexes', '--config', 'both.yaml', '--no-measure');
  const { stdout } = await run(
    'db',
    'explain',
    MINE,
    '--target',
    'file',
    '--config',
    'both.yaml',
    '--no-indexes',
    '--param',
    SECRET,
  );
  assert.match(stdout, /SCAN sales/);
  assert.ok(!stdout.includes(SECRET));
  assert.match(both.databases![1]!.advice!.proposals[0]!.ddl, /^CREATE INDEX ".*" ON "sales" \("customer"/);
});

test('keeps the server at work for no more than the share of one connection that is allowed', needs, async () => {
  const shares: [number, number][] = [];
  for (const [given, limit] of [
    ['10%', 0.1],
    ['100%', 1],
  ] as const) {
    const { run: clock, databases } = await report('db', 'indexes', '--no-measure', '--max-load', given);
    const wall = (Date.parse(clock.finishedAt) - Date.parse(clock.startedAt)) / 1000;
    const { seconds } = databases![0]!.advice!.cost;
    assert.ok(seconds > 0.005, `asking cost ${seconds} s: nothing to bound`);
    // What is asked before the first wait, a timer that is not exact, and answers that come late on a busy machine.
    assert.ok(seconds <= limit * wall * 2 + 0.05, `${seconds} s of ${wall} s at ${given}`);
    shares.push([seconds, wall]);
  }
  const [[, slow], [, quick]] = shares as [[number, number], [number, number]];
  assert.ok(slow > quick, `${slow} s at 10 %, ${quick} s at 100 %`);
});

test(
  'Ctrl-C ends the live view, which is no failure; other looks end with 130, and leave no copy behind',
  needs,
  async () => {
    const databases = async () => {
      const rows = await postgresql.server.query<{ datname: string }>('SELECT datname FROM pg_database ORDER BY 1');
      return rows.map(({ datname }) => datname);
    };
    const had = await databases();
    const interrupted = (args: readonly string[], moment: () => Promise<unknown>) =>
      pitwall(args, { cwd, env: env(), onStart: (child) => void moment().then(() => child.kill('SIGINT')) });
    const isCopied = async () => {
      while ((await databases()).length === had.length) await setTimeout(20);
    };
    // As its users do: when something is to be seen, however long that takes.
    const watched = await pitwall(['db', '--watch', '--interval', '1s'], {
      cwd,
      env: env(),
      onStart(child) {
        let seen = '';
        child.stdout!.on('data', (chunk) => {
          seen += chunk;
          if (seen.includes('STATEMENTS of shop')) child.kill('SIGINT');
        });
      },
    });
    // Nobody may be connected while it is copied.
    const copying = await interrupted(['db', 'indexes', '--config', 'copy.yaml'], isCopied);
    assert.match(watched.stdout, /every 1 s[\s\S]*RUNNING NOW on shop[\s\S]*STATEMENTS of shop/);
    assert.equal(watched.status, 0, watched.stderr);
    assert.doesNotMatch(watched.stderr, /Interrupted|hint|taken back/);
    assert.equal(copying.status, 130, copying.stderr + copying.stdout);
    assert.match(copying.stderr, /Interrupted\.\nhint: Nothing was changed\./);
    assert.deepEqual(await databases(), had);
  },
);
