import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import type { Plan } from '../../src/model/change.ts';
import { parseReport } from '../../src/report/json.ts';
import { sharedPostgresql } from '../support/postgresql.ts';
import { withoutExtension } from '../support/postgresql-programs.ts';
import { COUNTED } from './postgresql-support.ts';
import { pitwall } from './support.ts';

/** A service whose every request asks its database one question, and what trials on it leave in the counters. */
const postgresql = sharedPostgresql({ settings: COUNTED });
const needs = { skip: postgresql.skip || withoutExtension('hypopg'), timeout: 120_000 };
/** Requests of users. */
const USERS = 150;

async function service(t: TestContext): Promise<{ readonly cwd: string; readonly origin: string; asked(): number }> {
  const url = await postgresql.server.createDatabase('shop');
  await postgresql.server.query(
    `CREATE EXTENSION pg_stat_statements; CREATE EXTENSION hypopg;
     CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL, note text);
     INSERT INTO orders SELECT i, i % 4000, repeat('x', 60) FROM generate_series(1, 40000) i`,
    [],
    'shop',
  );
  await postgresql.server.query('VACUUM ANALYZE orders', [], 'shop');
  await postgresql.server.query('SELECT pg_stat_statements_reset()', [], 'shop');
  // A session tells of its scans when it ends.
  const pool = new pg.Pool({ connectionString: url, max: 4, idleTimeoutMillis: 100 });
  let asked = 0;
  const server = createServer(async (_, response) => {
    asked++;
    const { rows } = await pool.query('SELECT id FROM orders WHERE customer_id = $1', [asked % 4000]);
    response.end(String(rows.length));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cwd = mkdtempSync(join(tmpdir(), 'pitwall-own-load-'));
  t.after(async () => {
    server.close().closeAllConnections();
    await pool.end();
    rmSync(cwd, { recursive: true, force: true });
  });
  writeFileSync(
    join(cwd, 'pitwall.yaml'),
    `version: 1
service: { name: shop }
targets:
  web: { integration: http, url: "${origin}", endpoints: [{ path: / }] }
  db: { integration: postgresql, url: "${url}", whatIf: allowed }
load: { users: 2 }
trial: { blocks: 4, blockDuration: 300ms, design: repeated }
rules: { postgresql/missing-index: { minimumWindow: 0, minimumCalls: 10 } }
`,
  );
  return { cwd, origin, asked: () => asked };
}

test(
  'the load of trials is no workload: what follows counts the calls of users alone, and says what is left out',
  needs,
  async (t) => {
    const { cwd, origin, asked } = await service(t);
    const look = async (...args: string[]) => {
      const { status, stdout, stderr } = await pitwall(['db', 'indexes', '--no-measure', '--json', ...args], { cwd });
      assert.equal(status, 0, stderr);
      return parseReport(stdout).databases![0]!.workload!;
    };
    const calls = ({ statements }: Awaited<ReturnType<typeof look>>) =>
      statements.find(({ text }) => text.includes('WHERE customer_id = $1'))?.calls ?? 0;
    for (let i = 0; i < USERS; i++) await (await fetch(origin)).text();

    const planned = await pitwall(['plan', '-o', 'plan.json'], { cwd });
    assert.equal(planned.status, 0, planned.stderr);
    const plan = JSON.parse(readFileSync(join(cwd, 'plan.json'), 'utf8')) as Plan;
    const changes = plan.changes.filter(({ tunable }) => tunable === 'postgresql/index');
    assert.equal(changes.length, 1, planned.stdout);
    writeFileSync(join(cwd, 'plan.json'), JSON.stringify({ ...plan, changes }));
    // What `plan` asked of the service itself is a handful of requests, and no load.
    const before = calls(await look());
    const askedBefore = asked();
    // Kept or not is the machine's business; the load was there in any case.
    const applied = await pitwall(['apply', 'plan.json', '--json'], { cwd });
    assert.ok(applied.stdout.includes('"decision"'), applied.stderr);
    const ofTrials = asked() - askedBefore;
    assert.ok(ofTrials > 100, `${ofTrials} requests of trials`);

    const after = await look();
    // So are those that ask whether it is well.
    assert.ok(calls(after) >= before && calls(after) < before + 10, `${before} calls before, ${calls(after)} after`);
    const [{ ownLoad, missing }] = after.sources as [(typeof after.sources)[number]];
    assert.ok(ownLoad!.calls > ofTrials - 10 && ownLoad!.calls < ofTrials + 100, `${ownLoad!.calls} of ${ofTrials}`);
    assert.ok(ownLoad!.window > 8 * 0.3 && after.window! > 0, JSON.stringify(ownLoad));
    assert.deepEqual(missing, []);
    for (let i = 0; i < 7; i++) await (await fetch(origin)).text();
    assert.equal(calls(await look('--since', 'last')), 7);
  },
);
