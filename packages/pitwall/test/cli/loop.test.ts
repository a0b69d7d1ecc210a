import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { parseDocument } from 'yaml';
import { type ExampleService, prepareExample } from '../../src/cli/demo/example-service.ts';
import { FEWEST_BLOCKS, type Plan } from '../../src/model/change.ts';
import type { Report } from '../../src/model/report.ts';
import { pitwall } from './support.ts';

/** The whole loop as a user runs it, on the example service with a fifth of its rows and short blocks. */
const cwd = mkdtempSync(join(tmpdir(), 'pitwall-loop-'));
let example: ExampleService;
let original: string;

function schema(): string {
  const db = new DatabaseSync(example.database, { readOnly: true });
  const rows = db
    .prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%' ORDER BY name")
    .all();
  const mode = db.prepare('PRAGMA journal_mode').get();
  db.close();
  return JSON.stringify([rows, mode]);
}

function indexes(): string[] {
  const db = new DatabaseSync(example.database, { readOnly: true });
  const names = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE 'pitwall_%' ORDER BY name")
    .all();
  db.close();
  return names.map(({ name }) => String(name));
}

before(async () => {
  example = await prepareExample('vending', cwd);
  const control = join(import.meta.dirname, '..', '..', '..', '..', 'examples', 'vending', 'control.ts');
  execFileSync(process.execPath, [control, 'generate', '--directory', join(cwd, 'data'), '--scale', '0.2']);
  const config = parseDocument(readFileSync(example.configFile, 'utf8'));
  config.setIn(['trial', 'blocks'], 5);
  config.setIn(['trial', 'blockDuration'], '300ms');
  config.setIn(['load', 'duration'], '2s');
  writeFileSync(example.configFile, String(config));
  await example.start(new AbortController().signal);
  original = schema();
});
after(async () => {
  await example?.stop();
  rmSync(cwd, { recursive: true, force: true });
});

test('check finds the missing indexes, confirms them on a copy, and changes nothing', async () => {
  const { status, stdout, stderr } = await pitwall(
    ['check', '--json', '--save-observation', 'seen.json', '--out', 'check.html', '--out', 'check.md'],
    { cwd },
  );
  assert.ok(status === 0 || status === 1, stderr);
  const report = JSON.parse(stdout) as Report;
  const missing = report.findings.filter(({ rule }) => rule === 'sqlite/missing-index');
  assert.ok(missing.length >= 2, JSON.stringify(report.rules, null, 1));
  assert.ok(missing.every(({ confidence }) => confidence === 'high'));
  assert.ok(report.rules.every(({ because }) => because.length > 0));
  assert.deepEqual(
    report.rules.filter((rule) => rule.status === 'error'),
    [],
  );
  assert.ok(report.cost.cpuSeconds > 0 && report.collectors.length >= 10);
  assert.equal(schema(), original);
  assert.match(readFileSync(join(cwd, 'check.html'), 'utf8'), /<title>/);

  const again = await pitwall(['check', '--from-observation', 'seen.json', '--json'], { cwd });
  assert.equal(again.status, status, again.stderr);
  const replayed = JSON.parse(again.stdout) as Report;
  assert.deepEqual(replayed.verdicts, report.verdicts);
  assert.deepEqual(replayed.findings, report.findings);
});

test('plan is reviewable; --dry-run changes nothing; apply proves; rollback restores exactly', {
  timeout: 240_000,
}, async () => {
  const planned = await pitwall(['plan', '--allow-restart', '--limit', '3', '-o', 'plan.json'], { cwd });
  assert.equal(planned.status, 0, planned.stderr);
  const plan = JSON.parse(readFileSync(join(cwd, 'plan.json'), 'utf8')) as Plan;
  assert.ok(plan.changes.length >= 2 && plan.changes.length <= 3);
  assert.ok(plan.leftOut.some(({ because }) => because === 'not among the 3 most worthwhile'));
  for (const { preview, affects } of plan.changes) assert.ok(preview.apply && preview.undo && affects.length > 0);
  assert.deepEqual(
    planned.stdout.split('\n').filter((line) => line.length > 80),
    [],
  );

  const dry = await pitwall(['apply', 'plan.json', '--dry-run'], { cwd });
  assert.equal(dry.status, 0, dry.stderr);
  assert.equal(schema(), original);

  // Indexes only: WAL stops and starts the service, which crash tests cover.
  const indexesOnly = { ...plan, changes: plan.changes.filter(({ tunable }) => tunable === 'sqlite/index') };
  writeFileSync(join(cwd, 'plan.json'), JSON.stringify(indexesOnly));
  const applied = await pitwall(['apply', 'plan.json', '--json'], { cwd });
  assert.ok(applied.status === 0 || applied.status === 4, applied.stderr);
  const { outcomes } = JSON.parse(applied.stdout) as Report;
  assert.equal(outcomes.length, indexesOnly.changes.length);
  const kept = outcomes.filter(({ decision }) => decision === 'kept');
  assert.ok(kept.length >= 1, applied.stderr);
  for (const { ratio, interval, blocks, noiseFloor, verdict, effects } of kept) {
    assert.equal(verdict, 'improved');
    // Predicted on a copy, measured in place: both beside each other, and both faster.
    assert.ok(effects!.some(({ copy, inPlace, signRight }) => copy!.ratio < 1 && inPlace!.ratio < 1 && signRight));
    assert.ok(
      ratio !== null && ratio < 1 && interval !== null && interval[1] < 1 && noiseFloor !== null,
      JSON.stringify({ ratio, interval, blocks, noiseFloor }),
    );
    // A busy machine may spoil one; of fewer there is no verdict.
    assert.ok(blocks >= FEWEST_BLOCKS && blocks <= 5, String(blocks));
  }
  assert.deepEqual(indexes(), kept.map(({ change }) => change.subject).sort());

  const history = JSON.parse((await pitwall(['history', '--json'], { cwd })).stdout) as {
    changes: { id: string; state: string }[];
  };
  assert.equal(history.changes.filter(({ state }) => state === 'kept').length, kept.length);

  // A person drops one of ours: that is a conflict, and is left alone; the others are still taken back.
  const db = new DatabaseSync(example.database);
  db.exec(`DROP INDEX "${kept[0]!.change.subject}"; CREATE INDEX "${kept[0]!.change.subject}" ON products(name)`);
  db.close();
  const rolledBack = await pitwall(['rollback', 'all'], { cwd });
  assert.equal(rolledBack.status, 4, rolledBack.stdout);
  assert.match(rolledBack.stdout, /CONFLICT/);
  assert.deepEqual(indexes(), [kept[0]!.change.subject]);
  const cleanUp = new DatabaseSync(example.database);
  cleanUp.exec(`DROP INDEX "${kept[0]!.change.subject}"`);
  cleanUp.close();
  assert.equal(schema(), original);
});

test('init writes a commented file that check runs unchanged', async () => {
  const url = /url: (\S+)/.exec(readFileSync(example.configFile, 'utf8'))![1]!;
  const made = await pitwall(['init', url, '--config', 'made.yaml'], { cwd });
  assert.equal(made.status, 0, made.stderr);
  const yaml = readFileSync(join(cwd, 'made.yaml'), 'utf8');
  assert.match(yaml, /vending\.db/);
  assert.match(yaml, /# /);
  const checked = await pitwall(['check', '--config', 'made.yaml', '--json'], { cwd });
  assert.ok(checked.status === 0 || checked.status === 1, checked.stderr);
  const report = JSON.parse(checked.stdout) as Report;
  assert.deepEqual(report.targets.map(({ integration }) => integration).sort(), ['host', 'http', 'process', 'sqlite']);
  const refused = await pitwall(['init', url, '--config', 'made.yaml'], { cwd });
  assert.equal(refused.status, 2);
  assert.equal(readFileSync(join(cwd, 'made.yaml'), 'utf8'), yaml);
});
