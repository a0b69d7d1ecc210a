import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { Change, Plan } from '../../src/model/change.ts';
import { assertSaid, run, unchanged, writePlan, writeShop } from './bad-support.ts';
import { inFolder } from './support.ts';

/** Plan files that are wrong in one way each, and two who want to change at once: refused, and the database untouched. */

type Draft = { -readonly [Key in keyof Plan]: Plan[Key] } & Record<string, unknown>;

async function applyEdited(cwd: string, edit: (plan: Draft) => unknown) {
  const plan = JSON.parse(readFileSync(join(cwd, 'plan.json'), 'utf8')) as Draft;
  const edited = edit(plan) ?? plan;
  writeFileSync(join(cwd, 'edited.json'), typeof edited === 'string' ? edited : JSON.stringify(edited));
  return unchanged(cwd, () => run(['apply', 'edited.json', '--quiet'], { cwd }));
}

const withChange = (plan: Draft, patch: Partial<Change>) => ({ ...plan, changes: [{ ...plan.changes[0]!, ...patch }] });

const EDITS: readonly (readonly [name: string, edit: (plan: Draft) => unknown, says: RegExp])[] = [
  ['is not JSON', () => 'changes: []', /edited\.json: the file: expected JSON/],
  ['is empty', () => '', /edited\.json: the file: expected JSON/],
  ['is a list', () => '[]', /edited\.json: the file: /],
  [
    'is of a newer version',
    (plan) => ({ ...plan, schemaVersion: 2 }),
    /schemaVersion: expected 1, and 2 was written by a newer Pitwall/,
  ],
  ['has a key that there is not', (plan) => ({ ...plan, changez: [] }), /edited\.json: .*changez/],
  [
    'names a tunable that there is not',
    (plan) => withChange(plan, { tunable: 'sqlite/nonsense' }),
    /changes\[0\]\.tunable: expected one of .*, not sqlite\/nonsense/,
  ],
  [
    'names a target that there is not',
    (plan) => withChange(plan, { target: 'other' }),
    /changes\[0\]\.target: expected one of db, not other/,
  ],
  [
    'wants a value that cannot be',
    (plan) => withChange(plan, { to: { table: 'orders', columns: [] } }),
    /changes\[0\]\.to/,
  ],
  [
    'wants an index with SQL in a name of the wrong type',
    (plan) => withChange(plan, { to: 'DROP TABLE orders' }),
    /changes\[0\]\.to/,
  ],
  ['has an id that is a path', (plan) => withChange(plan, { id: '../../etc' }), /changes\[0\]\.id/],
  ['has a change twice', (plan) => ({ ...plan, changes: [plan.changes[0], plan.changes[0]] }), /changes\[1\]\.id/],
];

for (const [name, edit, says] of EDITS) {
  test(`apply: a plan that ${name}`, () =>
    inFolder(async (cwd) => {
      writeShop(cwd);
      await writePlan(cwd);
      const ended = await applyEdited(cwd, (plan) => {
        const edited = edit(plan);
        return edited === '' ? ' ' : edited;
      });
      assertSaid(ended, 2, says);
      assert.equal(ended.stdout, '');
    }));
}

test('apply: a plan file that is missing', () =>
  inFolder(async (cwd) => {
    writeShop(cwd);
    const ended = await unchanged(cwd, () => run(['apply', 'plan.json'], { cwd }));
    assertSaid(ended, 2, /Cannot read plan\.json: ENOENT/);
  }));

test('apply: a plan whose names try to be SQL changes nothing but what it says, or is refused', () =>
  inFolder(async (cwd) => {
    const path = writeShop(cwd);
    await writePlan(cwd);
    const to = { table: 'orders"; DROP TABLE orders; --', columns: [{ name: 'device_id' }] };
    const ended = await applyEdited(cwd, (plan) => withChange(plan, { to }));
    assertSaid(ended, 4, /c1 was not applied/);
    const database = new DatabaseSync(path);
    assert.equal(database.prepare('SELECT count(*) AS n FROM orders').get()?.n, 20_000);
    database.close();
  }));

test('apply: a database that has changed since the plan is refused, and a new plan is asked for', () =>
  inFolder(async (cwd) => {
    const path = writeShop(cwd);
    const plan = await writePlan(cwd);
    const database = new DatabaseSync(path);
    database.exec(`CREATE INDEX "${plan.changes[0]!.subject}" ON orders (note)`);
    database.close();
    const ended = await unchanged(cwd, () => run(['apply', 'plan.json', '--quiet'], { cwd }));
    assertSaid(
      ended,
      4,
      /c1 was not applied: .*is no longer what it was when the plan was made.*\nhint: Make a new plan/s,
    );
  }));

test('apply: what the plan asks for is there already', () =>
  inFolder(async (cwd) => {
    const path = writeShop(cwd);
    const plan = await writePlan(cwd);
    const database = new DatabaseSync(path);
    database.exec(plan.changes[0]!.preview.apply);
    database.close();
    const ended = await unchanged(cwd, () => run(['apply', 'plan.json', '--quiet'], { cwd }));
    assertSaid(ended, 4, /c1 was not applied: /);
  }));

test('apply: an index on a column that is gone', () =>
  inFolder(async (cwd) => {
    writeShop(cwd);
    await writePlan(cwd);
    const to = { table: 'orders', columns: [{ name: 'nowhere' }] };
    assertSaid(await applyEdited(cwd, (plan) => withChange(plan, { to })), 4, /c1 was not applied: .*nowhere/);
  }));

test('two applies at once: the second is refused, and nothing of either is lost', { timeout: 60_000 }, () =>
  inFolder(async (cwd) => {
    writeShop(cwd, { trial: { blocks: 6, blockDuration: '300ms' } });
    const plan = await writePlan(cwd);
    // The first has taken the lock as soon as it has written who holds it.
    const first = run(['apply', 'plan.json', '--json', '--quiet'], { cwd });
    while (!existsSync(join(cwd, '.pitwall', 'apply.lock.json')))
      await new Promise((resolve) => setTimeout(resolve, 5));
    const second = await run(['apply', 'plan.json', '--json', '--quiet'], { cwd });
    assertSaid(second, 4, /^pitwall: Another pitwall is changing something on this host: process \d+, which works on /);
    assert.equal(second.stdout, '');

    const ended = await first;
    assert.ok(ended.status === 0 || ended.status === 4, ended.stderr);
    const [outcome] = (JSON.parse(ended.stdout) as { outcomes: { decision: string }[] }).outcomes;
    const database = new DatabaseSync(join(cwd, 'shop.db'));
    const found = database
      .prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'index' AND name = ?")
      .get(plan.changes[0]!.subject);
    assert.equal(database.prepare('PRAGMA integrity_check').get()?.integrity_check, 'ok');
    database.close();
    assert.equal(found?.n, outcome?.decision === 'kept' ? 1 : 0);
    const { changes } = JSON.parse((await run(['history', '--json'], { cwd })).stdout) as {
      changes: { state: string }[];
    };
    assert.deepEqual(
      changes.map(({ state }) => state),
      [outcome?.decision],
    );
  }),
);
