// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look like that in the configuration.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { JournalEntry, JournalState, Plan } from '../../src/model/change.ts';
import { openStore } from '../../src/store/sqlite.ts';
import { DATABASE, run, writeShop } from './bad-support.ts';
import { inFolder } from './support.ts';

/** Secrets around the journal and the plan: of this configuration, and of connections that only the journal knows. */

const SECRET = 'tok-7f3a-Zq9x-very-secret';
const OLD = 'folder-of-long-ago-5c1';
const env = { PITWALL_TEST_TOKEN: SECRET, PITWALL_TEST_OLD: OLD };

/** A service whose name is a secret: one that every command reads. */
const configuration = { service: { name: '${env:PITWALL_TEST_TOKEN}' }, targets: { db: DATABASE } };

/** As an earlier version, or another configuration, may have journalled it: nothing is redacted. */
function entry(sequence: number, state: JournalState): JournalEntry {
  const at = '2026-11-21T00:00:00.000Z';
  return {
    id: `p1-c${sequence}`,
    planId: 'p1',
    sequence,
    change: {
      id: `c${sequence}`,
      target: 'gone',
      tunable: 'sqlite/index',
      subject: 'pitwall_orders_device_id',
      to: { table: 'orders', columns: [{ name: 'device_id' }] },
      from: null,
      reason: SECRET,
      rules: [],
      affects: [],
      effect: 'now',
      risk: 'low',
      needsRestart: false,
      preview: { apply: `CREATE INDEX -- ${SECRET}`, undo: `DROP INDEX -- ${SECRET}` },
    },
    connection: { directory: '/', options: { path: '${env:PITWALL_TEST_OLD}/gone.db' } },
    integration: 'sqlite',
    original: { state: null, captured: null },
    written: null,
    state,
    bootId: 'b',
    pid: 1,
    createdAt: at,
    updatedAt: at,
    because: `it said ${SECRET}`,
  };
}

test('history, recover and rollback show no secret, also not one that only a journalled connection has', () =>
  inFolder(async (cwd) => {
    writeShop(cwd, configuration);
    const store = await openStore(join(cwd, '.pitwall'));
    await store.journal.add(entry(1, 'kept'));
    await store.journal.add(entry(2, 'intent'));
    await store.close();
    for (const args of [
      ['history'],
      ['history', '--json'],
      ['recover'],
      ['recover', '--json'],
      ['rollback', 'all'],
      ['rollback', 'p1-c1', '--json'],
      ['history', '--json'],
    ]) {
      const { status, stdout, stderr } = await run(args, { cwd, env });
      assert.equal(status, args[0] === 'history' ? 0 : 4, `${args.join(' ')}: ${stderr}`);
      for (const secret of [SECRET, OLD]) {
        assert.ok(!`${stdout}${stderr}`.includes(secret), `${args.join(' ')}: ${stdout}${stderr}`);
      }
      assert.match(stdout, /‹redacted›/, `${args.join(' ')}: it was there to be redacted`);
      if (args[0] !== 'history') assert.match(stdout, /no database at [^\n]*‹redacted›\/gone\.db/, stdout);
    }
  }));

test('what a service says when it is started goes into the journal without the secret', { timeout: 60_000 }, () =>
  inFolder(async (cwd) => {
    const says = (status: number) => [
      process.execPath,
      '-e',
      `console.log(process.env.PITWALL_TEST_TOKEN); process.exit(${status})`,
    ];
    const control = { stop: says(0), start: says(1), timeout: '5s' };
    writeShop(cwd, { ...configuration, service: { ...configuration.service, ...control } });
    const plan = await writeSecretPlan(cwd);
    const [index] = plan.changes;
    const change = {
      ...index,
      id: 'c1',
      tunable: 'sqlite/journal-mode',
      subject: '',
      to: 'wal',
      from: 'delete',
      needsRestart: true,
      needsRestartBecause: 'it is said to be open',
    };
    writeFileSync(join(cwd, 'wal.json'), JSON.stringify({ ...plan, id: 'p2', changes: [change] }));
    // Somebody has it open: the service is stopped for it, and does not start again.
    const holder = new DatabaseSync(join(cwd, 'shop.db'));
    holder.prepare('SELECT count(*) FROM orders').get();
    const ended = await run(['apply', 'wal.json', '--allow-restart', '--quiet'], { cwd, env });
    holder.close();
    assert.equal(ended.status, 4, ended.stderr);
    assert.match(ended.stderr, /‹redacted›/, 'it was there to be redacted');
    const { changes } = JSON.parse((await run(['history', '--json'], { cwd, env })).stdout) as {
      changes: JournalEntry[];
    };
    assert.match(changes[0]?.because ?? '', /it said: ‹redacted›/, JSON.stringify(changes));
    for (const file of ['.pitwall/store.db', 'wal.json']) {
      assert.ok(!readFileSync(join(cwd, file), 'latin1').includes(SECRET), file);
    }
  }),
);

test(
  'a secret that is also the name of a table or a key spoils no plan: it is left out, or it is applied',
  {
    timeout: 60_000,
  },
  () =>
    inFolder(async (cwd) => {
      writeShop(cwd, configuration);
      const table = { PITWALL_TEST_TOKEN: 'orders' };
      const refused = await run(['plan', '-o', 'plan.json', '--quiet'], { cwd, env: table });
      assert.equal(refused.status, 0, refused.stderr);
      assert.match(refused.stdout, /cannot hold\s+that/);
      const plan = JSON.parse(readFileSync(join(cwd, 'plan.json'), 'utf8')) as Plan;
      assert.deepEqual(plan.changes, []);
      assert.ok(!JSON.stringify(plan).includes('orders'));

      const key = { PITWALL_TEST_TOKEN: 'columns' };
      const planned = await run(['plan', '-o', 'plan.json', '--json', '--quiet'], { cwd, env: key });
      assert.equal(planned.status, 0, planned.stderr);
      assert.equal(planned.stdout, readFileSync(join(cwd, 'plan.json'), 'utf8'));
      const dry = await run(['apply', 'plan.json', '--dry-run'], { cwd, env: key });
      assert.equal(dry.status, 0, dry.stderr);
      assert.match(dry.stdout, /CREATE INDEX/);
    }),
);

async function writeSecretPlan(cwd: string): Promise<Plan> {
  const planned = await run(['plan', '-o', 'plan.json', '--quiet'], { cwd, env });
  assert.equal(planned.status, 0, planned.stderr);
  return JSON.parse(readFileSync(join(cwd, 'plan.json'), 'utf8')) as Plan;
}
