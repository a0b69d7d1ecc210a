import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { detect } from './detect.ts';
import { postgresqlOptions } from './options.ts';

/** A /proc with one process a line of environment, the second a child of the first. */
function machine(t: TestContext, ...environments: string[][]) {
  const proc = mkdtempSync(join(tmpdir(), 'pitwall-proc-'));
  t.after(() => rmSync(proc, { recursive: true }));
  for (const [i, environment] of environments.entries()) {
    const folder = join(proc, String(10 + i));
    mkdirSync(folder);
    writeFileSync(join(folder, 'stat'), `${10 + i} (app) S ${i === 0 ? 1 : 10} ${'0 '.repeat(17)} 500 0\n`);
    writeFileSync(join(folder, 'environ'), environment.join('\0'));
  }
  const environment = { proc, sys: '/sys', now: () => 0, sleep: async () => {} };
  return { environment, signal: new AbortController().signal, url: null, listeners: [10] };
}

test('what the service was told of its database, without the password', async (t) => {
  const url = 'postgres://shop:hunter2@db.example:6432/orders?sslmode=verify-full';
  const found = await detect(
    machine(t, ['HOME=/', `DATABASE_URL=${url}`], [`DATABASE_URL=${url}`, 'DB_URL=postgres://other/x']),
  );
  assert.deepEqual(
    found.map(({ id, options }) => [id, options]),
    [
      ['postgresql', { host: 'db.example', port: 6432, user: 'shop', database: 'orders', tls: {} }],
      ['postgresql-2', { host: 'other', database: 'x' }],
    ],
  );
  assert.ok(!JSON.stringify(found).includes('hunter2'));
  assert.match(
    found[0]!.notes.host!,
    /^DATABASE_URL in the environment of process 10; it has a password there: add `password:`/,
  );
  assert.doesNotMatch(found[1]!.notes.host!, /password/);
  for (const { options } of found) assert.ok(postgresqlOptions.safeParse(options).success);
});

test('other databases, rubbish, and processes that may not be read are passed over', async (t) => {
  const rubbish = [
    'DATABASE_URL=mysql://u:p@h/x',
    'DB_URL=postgres://h:99999/x',
    `PG_URL=postgres://${'h'.repeat(5000)}/x`,
    'POSTGRES_URL',
    'POSTGRESQL_URL=',
  ];
  assert.deepEqual(await detect(machine(t, rubbish)), []);
  const context = machine(t, ['DATABASE_URL=postgres://h/x']);
  rmSync(join(context.environment.proc, '10', 'environ'));
  assert.deepEqual(await detect(context), []);
  assert.deepEqual(await detect({ ...context, listeners: [] }), []);
});
