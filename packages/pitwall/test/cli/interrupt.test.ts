import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { parseDocument } from 'yaml';
import { type ExampleService, prepareExample } from '../../src/cli/demo/example-service.ts';
import type { JournalEntry, Plan } from '../../src/model/change.ts';
import { assertSaid, run } from './bad-support.ts';
import type { Ended } from './support.ts';

/** Ctrl-C at chosen instants, on the example service with few rows: exit code 130, and everything is as it was. */
const cwd = mkdtempSync(join(tmpdir(), 'pitwall-interrupt-'));
let example: ExampleService;
let plan: Plan;
let original: string;

function schema(): string {
  // The service may still be writing what the load had asked of it.
  const db = new DatabaseSync(example.database, { readOnly: true, timeout: 5000 });
  const rows = db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name').all();
  const mode = db.prepare('PRAGMA journal_mode').get();
  const integrity = db.prepare('PRAGMA integrity_check').get();
  db.close();
  return JSON.stringify([rows, mode, integrity]);
}

before(async () => {
  example = await prepareExample('vending', cwd);
  const control = join(import.meta.dirname, '..', '..', '..', '..', 'examples', 'vending', 'control.ts');
  execFileSync(process.execPath, [control, 'generate', '--directory', join(cwd, 'data'), '--scale', '0.05']);
  const config = parseDocument(readFileSync(example.configFile, 'utf8'));
  config.setIn(['trial', 'blocks'], 4);
  config.setIn(['trial', 'blockDuration'], '400ms');
  config.setIn(['load', 'duration'], '20s');
  writeFileSync(example.configFile, String(config));
  await example.start(new AbortController().signal);
  original = schema();
  const planned = await run(['plan', '-o', 'all.json', '--quiet'], { cwd });
  assert.equal(planned.status, 0, planned.stderr);
  const all = JSON.parse(readFileSync(join(cwd, 'all.json'), 'utf8')) as Plan;
  plan = { ...all, changes: all.changes.filter(({ tunable }) => tunable === 'sqlite/index').slice(0, 1) };
  assert.equal(plan.changes.length, 1);
  writeFileSync(join(cwd, 'plan.json'), JSON.stringify(plan));
});
after(async () => {
  await example?.stop();
  rmSync(cwd, { recursive: true, force: true });
});
beforeEach(() => rmSync(join(cwd, '.pitwall', 'apply.lock.json'), { force: true }));

/** Runs, and interrupts when `when` says so (asked every 5 ms), as a terminal does: its whole process group gets the signal. Seconds from there to the end are in `took`. */
async function interrupted(
  args: readonly string[],
  when: () => boolean,
  signal: NodeJS.Signals = 'SIGINT',
  env: Readonly<Record<string, string>> = {},
): Promise<Ended & { took: number }> {
  let group = 0;
  const ended = run(args, {
    cwd,
    env,
    detached: true,
    onStart: (child) => {
      group = child.pid!;
    },
  });
  let over = false;
  void ended.finally(() => {
    over = true;
  });
  while (!over && !when()) await setTimeout(5);
  assert.equal(over, false, 'it ended before the moment to interrupt it');
  process.kill(-group, signal);
  const from = performance.now();
  return { ...(await ended), took: (performance.now() - from) / 1000 };
}

/** True so many seconds after it was first asked about a condition that held. */
function since(condition: () => boolean, seconds: number): () => boolean {
  let at: number | null = null;
  return () => {
    if (at === null && condition()) at = performance.now();
    return at !== null && performance.now() - at >= seconds * 1000;
  };
}

const locked = () => existsSync(join(cwd, '.pitwall', 'apply.lock.json'));

/** The entry of the newest change, as another process sees it. */
function newestEntry(): JournalEntry['state'] | null {
  const store = new DatabaseSync(join(cwd, '.pitwall', 'store.db'), { readOnly: true, timeout: 1000 });
  try {
    return (store.prepare('SELECT state FROM journal ORDER BY sequence DESC LIMIT 1').get()?.state ?? null) as
      | JournalEntry['state']
      | null;
  } finally {
    store.close();
  }
}

async function assertUndone(): Promise<void> {
  assert.equal(schema(), original);
  const { changes } = JSON.parse((await run(['history', '--json'], { cwd })).stdout) as { changes: JournalEntry[] };
  assert.deepEqual(
    changes.filter(({ state }) => !['rolled-back', 'failed'].includes(state)),
    [],
  );
  assert.equal((await run(['recover'], { cwd })).stdout, 'Nothing was left unfinished.\n');
  assert.equal(schema(), original);
}

const started = () => since(() => true, 0.6);

test('during check', async () => {
  const ended = await interrupted(['check', '--quiet', '--window', '30s'], started());
  assertSaid(ended, 130, /^pitwall: Interrupted\.\nhint: Nothing was changed\.$/m);
  assert.equal(ended.stdout, '');
  // It had half a minute to go: it did not wait for its end.
  assert.ok(ended.took < 15, `${ended.took} s`);
  await assertUndone();
});

test('during load', async () => {
  const ended = await interrupted(
    ['load', '--quiet'],
    since(() => true, 1.5),
  );
  assertSaid(ended, 130, /^pitwall: Interrupted (before the load began|in the warm-up), so nothing was measured/);
  assert.equal(ended.stdout, '');
  assert.ok(ended.took < 15, `${ended.took} s`);
  await assertUndone();
});

for (const delay of [0.05, 0.3]) {
  test(`during plan, ${delay} s after the copy was begun on which ideas are tried out: no copy is left`, {
    timeout: 60_000,
  }, async () => {
    const scratch = join(cwd, 'scratch');
    mkdirSync(scratch, { recursive: true });
    const copying = () => readdirSync(scratch).some((name) => name.startsWith('pitwall-copy-'));
    const ended = await interrupted(['plan', '--quiet'], since(copying, delay), 'SIGINT', { TMPDIR: scratch });
    assertSaid(ended, 130, /^pitwall: Interrupted\./);
    assert.equal(copying(), false);
    await assertUndone();
  });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`during the blocks before the change (${signal})`, { timeout: 60_000 }, async () => {
    const before = newestEntry();
    const ended = await interrupted(['apply', 'plan.json', '--quiet'], since(locked, 0.5), signal);
    assertSaid(ended, 130, /^pitwall: Interrupted\./);
    assert.equal(newestEntry(), before, 'nothing was journalled');
    await assertUndone();
  });
}

test('right after the intent was journalled', { timeout: 60_000 }, async () => {
  const count = entries();
  const ended = await interrupted(['apply', 'plan.json', '--quiet'], () => locked() && entries() > count);
  assertSaid(ended, 130, /^pitwall: Interrupted\./);
  await assertUndone();
});

test('during the blocks after the change', { timeout: 60_000 }, async () => {
  const count = entries();
  const written = () => entries() > count && newestEntry() === 'written';
  const ended = await interrupted(['apply', 'plan.json', '--quiet'], since(written, 0.5));
  assertSaid(ended, 130, /^pitwall: Interrupted\.\nhint: What was under way has been taken back\.$/m);
  assert.equal(newestEntry(), 'rolled-back');
  await assertUndone();
});

test('again and again while the change is taken back: that is finished all the same', {
  timeout: 60_000,
}, async () => {
  const count = entries();
  let group = 0;
  let over = false;
  const ending = run(['apply', 'plan.json', '--quiet'], {
    cwd,
    detached: true,
    onStart: (child) => {
      group = child.pid!;
    },
  }).finally(() => {
    over = true;
  });
  const until = async (condition: () => boolean) => {
    while (!over && !condition()) await setTimeout(1);
  };
  await until(() => entries() > count && newestEntry() === 'written');
  assert.equal(over, false, 'it ended before the moment to interrupt it');
  // Holds up the undoing for as long as we like.
  const lock = new DatabaseSync(example.database, { timeout: 5000 });
  lock.exec('BEGIN IMMEDIATE');
  process.kill(-group, 'SIGINT');
  // The first one has had its effect when the undoing is journalled: before that, several would be one to the process.
  await until(() => newestEntry() === 'undoing');
  for (let more = 0; more < 3; more++) {
    process.kill(-group, 'SIGINT');
    await setTimeout(30);
  }
  assert.equal(newestEntry(), 'undoing');
  lock.exec('ROLLBACK');
  lock.close();
  const ended = await ending;
  assertSaid(ended, 130, /^pitwall: Interrupted\./);
  await assertUndone();
});

function entries(): number {
  const store = new DatabaseSync(join(cwd, '.pitwall', 'store.db'), { readOnly: true, timeout: 1000 });
  try {
    return Number(store.prepare('SELECT count(*) AS n FROM journal').get()?.n);
  } finally {
    store.close();
  }
}
