import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fact } from '../../../model/observation.ts';
import { fact } from '../facts/define.ts';
import type { StatementFact } from '../facts/statements.ts';
import { healthyServer, machine, setting, spoilt } from './server-testing.ts';
import { settingsFarFromStart } from './settings-far-from-start.ts';
import { found, run } from './structure-testing.ts';

const GB = 2 ** 30;

const statement = (id: string, more: Partial<StatementFact> = {}): Fact =>
  fact('postgresql.statement', id, {
    text: `SELECT ${id}`,
    kind: 'select',
    tables: ['public.t'],
    calls: 1000,
    seconds: 100,
    maxSeconds: 1,
    rows: 1000,
    read: 0,
    cacheHit: 1,
    tempWritten: 0,
    callers: [],
    sources: ['statistics'],
    samples: 0,
    activity: null,
    notUnderstood: null,
    ...more,
  });

function finding(name: string, bad: readonly Fact[], more: readonly Fact[]) {
  const facts = [...spoilt(healthyServer(), machine({ workload: 'web' }), ...bad), ...more];
  return found(run(settingsFarFromStart, facts)).find(({ subject }) => subject === name)!;
}

const COST = [setting('random_page_cost', 4)];
const mean = (id: string) => ({ indicator: 'postgresql.statement.mean', labels: { statement: id } });

test('without a load: the statements that the setting is for, and plain inserts as controls', () => {
  const { changes } = finding('random_page_cost', COST, [
    statement('much', { read: 60 * GB }),
    statement('less', { read: 40 * GB }),
    statement('quick', { read: 500 * GB, calls: 1e9 }),
    statement('write', { kind: 'insert' }),
    statement('copy', { kind: 'insert', tables: ['a', 'b'] }),
    statement('none'),
  ]);
  // `quick` reads most, but in 0.1 µs a call: its mean moves by itself.
  assert.deepEqual(changes![0]!.affects, [mean('much'), mean('less')]);
  assert.deepEqual(changes![0]!.controls, [mean('write')]);
  assert.deepEqual(
    changes![0]!.meter,
    ['much', 'less', 'write'].map((id) => ({ measure: 'postgresql.statement.mean', statement: id })),
  );
});

test('no more than it takes: who has the half of it alone is alone', () => {
  const { changes } = finding('random_page_cost', COST, [
    statement('most', { read: 60 * GB, samples: 3, sources: ['log:/a'] }),
    statement('rest', { read: 40 * GB }),
  ]);
  assert.deepEqual(changes![0]!.affects, [
    { indicator: 'postgresql.statement.duration.p50', labels: { statement: 'most' } },
  ]);
  assert.ok(JSON.stringify(changes![0]!.meter).includes('"postgresql.statement.duration"'));
});

test('memory of sorts is for those that spill; a larger log for writes', () => {
  const temp = [
    fact('postgresql.temp', '', { files: 6400, bytes: 200 * GB }),
    machine({ workload: 'web', memory: 64 * GB }),
  ];
  const spilling = statement('sorts', { tempWritten: 100 * GB });
  assert.deepEqual(finding('work_mem', temp, [spilling, statement('none')]).changes![0]!.affects, [mean('sorts')]);
  const slow = [setting('checkpoint_completion_target', 0.5)];
  const { changes } = finding('checkpoint_completion_target', slow, [
    statement('reads'),
    statement('w', { kind: 'update' }),
  ]);
  assert.deepEqual([changes![0]!.affects, changes![0]!.controls], [[mean('w')], undefined]);
});

test('a load is what counts; without any proof there is advice and no change', () => {
  const load: Fact = { kind: 'load.endpoint', key: 'home', value: { method: 'GET' } };
  const loaded = finding('random_page_cost', COST, [statement('much', { read: 60 * GB }), load]);
  assert.deepEqual(loaded.changes![0]!.affects, [
    { indicator: 'load.response.duration.p50', labels: { endpoint: 'home' } },
  ]);
  const nothing = finding('random_page_cost', COST, [statement('quick', { read: 60 * GB, calls: 1e9 })]);
  assert.equal(nothing.changes, undefined);
  assert.match(
    nothing.advice!.text,
    /^No change is proposed: there is no load, and no statement of 1 ms .* reads much/,
  );
  assert.match(nothing.advice!.code!, /^ALTER SYSTEM SET random_page_cost = '1\.1';/);
  const pages = finding('huge_pages', [setting('huge_pages', 'off')], []);
  assert.match(pages.advice!.text, /^No change is proposed: without a load .*vm\.nr_hugepages/);
});
