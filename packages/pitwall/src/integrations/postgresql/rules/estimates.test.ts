import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fact } from '../../../model/observation.ts';
import type { FindingDraft, Rule } from '../../../model/rule.ts';
import { viewFor } from '../../_proc/testing.ts';
import { fact } from '../facts/define.ts';
import type { ColumnPairFact, ColumnStatisticsFact, PlanRunFact, StepFact } from '../facts/estimates.ts';
import type { TableFact } from '../facts/schema.ts';
import type { StatementFact } from '../facts/statements.ts';
import { coarseStatistics } from './coarse-statistics.ts';
import { correlatedColumns } from './correlated-columns.ts';
import { misestimatedRows } from './misestimated-rows.ts';
import { spillsToDisk } from './spills-to-disk.ts';
import { healthy, table } from './structure-testing.ts';

const workload = fact('postgresql.workload', '', {
  window: 86_400,
  statements: 3,
  calls: 1000,
  seconds: 100,
  read: 0,
  tempWritten: 1e9,
  sources: [],
  noStatistics: null,
  evictions: 0,
  most: 5000,
  notUnderstood: { statements: 0, seconds: 0 },
});
const statement = (more: Partial<StatementFact> = {}, id = 'abc'): Fact =>
  fact('postgresql.statement', id, {
    text: 'SELECT 1 FROM people WHERE city = $1 AND zip = $2',
    kind: 'select',
    tables: ['people'],
    calls: 100,
    seconds: 2,
    maxSeconds: 1,
    rows: 100,
    read: 0,
    cacheHit: 0,
    tempWritten: 0,
    callers: [],
    sources: ['statistics'],
    samples: 3,
    activity: null,
    notUnderstood: null,
    ...more,
  });
const statistics = (more: Partial<ColumnStatisticsFact> = {}): ColumnStatisticsFact => ({
  target: 100,
  common: 100,
  leastCommon: 0.004,
  bounds: 101,
  distinct: 2000,
  rows: 1_000_000,
  ...more,
});
const column = (name: string, more: Partial<StepFact['columns'][number]> = {}): StepFact['columns'][number] => ({
  column: name,
  test: 'equal',
  statistics: statistics(),
  ...more,
});
const step = (more: Partial<StepFact> = {}): StepFact => ({
  title: 'Seq Scan on people',
  kind: 'scan',
  table: 'public.people',
  expected: 300,
  actual: 5000,
  factor: 5000 / 300,
  columns: [column('city')],
  expressions: [],
  ...more,
});
const ran = (steps: readonly StepFact[], more: Partial<PlanRunFact> = {}): Fact =>
  fact('postgresql.plans-run', 'plans-run', {
    plans: [{ statement: 'abc', text: 'SELECT \u001b1', runs: 1, seconds: 0.1, steps, spills: [], ...more }],
    left: [],
    stopped: null,
    cost: { statements: 1, seconds: 0.1 },
  });
const pair = (more: Partial<ColumnPairFact> = {}): ColumnPairFact => ({
  table: { schema: 'public', name: 'people' },
  columns: ['city', 'zip'],
  use: 'conditions',
  range: false,
  statements: ['abc'],
  rows: 50_000,
  whole: false,
  distinct: [20, 40],
  together: 40,
  typical: 20,
  worst: 20,
  dependency: 1,
  covered: [],
  ...more,
});
const measured = (...pairs: ColumnPairFact[]): Fact =>
  fact('postgresql.column-pairs', 'column-pairs', { pairs, left: [], cost: { statements: 1, seconds: 0.1 } });
const people = (more: Partial<TableFact> = {}) => table('people', { modifiedRows: 0, ...more });

function evaluate(rule: Rule, ...facts: Fact[]) {
  return rule.evaluate(viewFor(rule, {}, [workload, ...healthy(), ...facts]));
}
function only(rule: Rule, ...facts: Fact[]): FindingDraft {
  const result = evaluate(rule, ...facts);
  assert.ok('found' in result, JSON.stringify(result));
  assert.equal(result.found.length, 1);
  assert.ok(!JSON.stringify(result.found).includes('\\u001b'), 'printable');
  return result.found[0]!;
}
function silent(rule: Rule, ...facts: Fact[]): string {
  const result = evaluate(rule, ...facts);
  assert.ok(!('found' in result), JSON.stringify(result));
  if ('notYet' in result) return result.notYet;
  return 'clear' in result ? result.clear : result.notApplicable;
}

test('what is asked: statements of weight, with values; nothing where there is nothing to gain', () => {
  const asked = only(misestimatedRows, statement(), statement({ samples: 0 }, 'b'), statement({ kind: 'update' }, 'c'));
  assert.deepEqual(asked.confirm, { probe: 'postgresql/run-plans', key: 'plans-run', input: { statements: ['abc'] } });
  assert.equal(asked.severity, 'info');
  // 1 % of the time, or 20 ms.
  only(misestimatedRows, statement({ seconds: 1, calls: 1e6 }));
  only(misestimatedRows, statement({ seconds: 0.02, calls: 1 }));
  assert.match(silent(misestimatedRows, statement({ seconds: 0.99, calls: 1e6 })), /no plan was logged/);
  silent(misestimatedRows, statement({ seconds: null }));
  const pairs = only(
    correlatedColumns,
    statement({ samples: 0 }),
    statement({ text: 'SELECT 1 FROM people WHERE a = $1' }, 'b'),
  );
  assert.deepEqual(pairs.confirm!.input, { statements: ['abc'] });
  only(correlatedColumns, statement({ text: 'SELECT a, b FROM t GROUP BY a, b' }));
  const quick = { seconds: 0.1, calls: 1e6 };
  only(correlatedColumns, statement(quick));
  silent(correlatedColumns, statement({ ...quick, seconds: 0.099 }));
  silent(correlatedColumns, statement({ text: 'SELECT a FROM t WHERE b = $1 GROUP BY a' }));
  assert.match(silent(coarseStatistics, statement()), /no plan was run/);
});

test('causes are told apart: old statistics before all others', () => {
  const old = people({ modifiedRows: 2e5 });
  const finding = only(misestimatedRows, statement(), ran([step()]), old);
  assert.deepEqual(
    finding.changes!.map(({ tunable, subject }) => [tunable, subject]),
    [['postgresql/analyze', 'public.people']],
  );
  assert.deepEqual(finding.changes![0]!.affects, [
    { indicator: 'postgresql.statement.mean', labels: { statement: 'abc' } },
  ]);
  silent(coarseStatistics, statement(), ran([step()]), old);
  // From there on it is the column.
  silent(misestimatedRows, statement(), ran([step()]), people());
  only(coarseStatistics, statement(), ran([step()]), people());
  const expression = only(
    misestimatedRows,
    statement(),
    ran([step({ columns: [], expressions: ['lower(name)'] })]),
    people(),
  );
  assert.match(
    expression.advice!.code!,
    /^CREATE STATISTICS "public"\."pitwall_people_lower_name__stats_[0-9a-f]{8}" ON \(lower\(name\)\) FROM "public"\."people";\nANALYZE "public"\."people";$/,
  );
  const version = (text: string) =>
    fact('postgresql.server', '', {
      version: text,
      standby: false,
      maxConnections: 100,
      trackIoTiming: true,
      statements: 10,
    });
  const byVersion = (text: string) =>
    only(
      misestimatedRows,
      statement(),
      ran([step({ columns: [], expressions: ['lower(name)'] })]),
      people(),
      version(text),
    ).advice!.code!.split('\n')[0];
  assert.equal(byVersion('13.14'), 'CREATE INDEX CONCURRENTLY ON "public"."people" ((lower(name)));');
  assert.match(byVersion('14.1')!, /^CREATE STATISTICS "public"/);
  const join = step({ kind: 'join', table: null, columns: [], title: 'Hash Join' });
  assert.match(only(misestimatedRows, statement(), ran([join]), people()).advice!.text, /^Both sides of the join/);
  const probe = step({ columns: [column('city', { test: 'join' })] });
  assert.match(only(misestimatedRows, statement(), ran([probe]), people()).advice!.text, /^Both sides of the join/);
  const two = step({ columns: [column('city'), column('zip')] });
  assert.match(
    only(misestimatedRows, statement(), ran([two]), measured(pair({ typical: 1.1 })), people()).advice!.text,
    /statistics of city, zip are new/,
  );
  silent(misestimatedRows, statement(), ran([two]), measured(pair()), people());
  silent(misestimatedRows, statement(), ran([step({ ...two, factor: 9.9 })]), people());
  assert.match(
    silent(misestimatedRows, statement(), ran([]), people()),
    /1 plan that was run, .* expected what they got/,
  );
});

test('coarse statistics: the list is full and the value is not in it; a target that has it', () => {
  const finding = only(coarseStatistics, statement(), ran([step()]), people());
  assert.equal(finding.subject, 'public.people.city');
  // 5,000 of a million rows: at most 200 values are as frequent.
  assert.deepEqual(finding.changes![0]!.to, { target: 400 });
  const of = (more: Partial<StepFact>, own: Partial<ColumnStatisticsFact> = {}) =>
    ran([step({ columns: [column('city', { statistics: statistics(own) })], ...more })]);
  const to = (told: Fact) => only(coarseStatistics, statement(), told, people()).changes![0]!.to;
  assert.deepEqual(to(of({ actual: 100_000 })), { target: 200 });
  assert.deepEqual(to(of({ actual: 100_000 }, { distinct: 120 })), { target: 150 });
  assert.deepEqual(to(of({ expected: 3000, actual: 2 })), { target: 1000 });
  assert.deepEqual(to(of({ actual: 1001, expected: 10 }, { rows: 1e9, distinct: 1e6 })), { target: 10_000 });
  // In the list, not full, none there: the target is not why.
  for (const own of [{ leastCommon: 0.0002 }, { common: 99 }, { common: 0, leastCommon: null }]) {
    silent(coarseStatistics, statement(), of({}, own), people());
    only(misestimatedRows, statement(), of({}, own), people());
  }
  const top = only(coarseStatistics, statement(), of({}, { target: 10_000, common: 10_000 }), people());
  assert.equal(top.changes, undefined);
  assert.match(top.advice!.text, /as high as PostgreSQL takes/);
});

test('dependent columns: kinds that fit, a change only where a plan or many rows show it', () => {
  const kinds = (...pairs: ColumnPairFact[]) => {
    const [change] = only(correlatedColumns, statement(), measured(...pairs), people()).changes ?? [];
    return (change?.to as { kinds: string[] } | undefined)?.kinds;
  };
  assert.deepEqual(kinds(pair()), ['dependencies', 'mcv']);
  assert.deepEqual(kinds(pair({ together: 101 })), ['dependencies']);
  assert.deepEqual(kinds(pair({ together: 101, dependency: 0.94 })), ['mcv']);
  assert.deepEqual(kinds(pair({ range: true })), ['mcv']);
  assert.deepEqual(kinds(pair({ use: 'groups', dependency: 0 })), ['ndistinct']);
  assert.deepEqual(kinds(pair({ worst: 9.9 })), undefined);
  const quick = statement({ seconds: 0.9, calls: 1e6 });
  assert.equal(only(correlatedColumns, quick, measured(pair()), people()).changes, undefined);
  const small = only(correlatedColumns, statement(), measured(pair({ worst: 9.9 })), people());
  assert.equal(small.severity, 'info');
  assert.match(
    small.advice!.code!,
    /^CREATE STATISTICS "public"\."pitwall_people_city_zip_stats_[0-9a-f]{8}" \(dependencies, mcv\) ON "city", "zip" FROM "public"\."people";\nANALYZE/,
  );
  const misjudged = ran([step({ columns: [column('city'), column('zip')] })]);
  const seen = only(correlatedColumns, statement(), measured(pair({ worst: 9.9 })), misjudged, people());
  assert.deepEqual([seen.severity, seen.confidence], ['warning', 'high']);
  assert.match(
    only(correlatedColumns, statement(), measured(pair()), people({ modifiedRows: 2e5 })).advice!.text,
    /ANALYZE it first/,
  );
  assert.match(
    silent(correlatedColumns, statement(), measured(pair({ typical: 2.9, worst: 2.9 })), people()),
    /none depends/,
  );
  assert.match(
    silent(correlatedColumns, statement(), measured(pair({ covered: ['public.s'] })), people()),
    /^1 set of .* was measured: .* but 1 that has extended/,
  );
});

test('columns of one table that hang together are one change, with a name that fits', () => {
  const name = (more: Partial<ColumnPairFact> = {}) =>
    only(correlatedColumns, statement(), measured(pair(more), pair({ ...more, columns: ['zip', 'state'] })), people());
  const [change] = name().changes!;
  assert.deepEqual((change!.to as { columns: string[] }).columns, ['city', 'zip', 'state']);
  assert.match(change!.subject, /^public\.pitwall_people_city_zip_state_stats_[0-9a-f]{8}$/);
  assert.equal(name({ dependency: 0 }).changes![0]!.subject, 'public.pitwall_people_city_zip_state_stats');
  const odd = only(correlatedColumns, statement(), measured(pair({ columns: ['a'.repeat(60), 'Ö"'] })), people());
  assert.ok(odd.changes![0]!.subject.length <= 'public.'.length + 63);
  assert.match(odd.changes![0]!.subject, /^public\.[a-z0-9_]+$/);
});

test('the statement is timed where it has calls that last, and others of other tables are controls', () => {
  const [change] = only(
    correlatedColumns,
    statement({ sources: ['log:/x'] }),
    statement({ tables: ['orders'] }, 'other'),
    measured(pair()),
    people(),
  ).changes!;
  assert.deepEqual(change!.affects, [{ indicator: 'postgresql.statement.duration.p50', labels: { statement: 'abc' } }]);
  assert.deepEqual(change!.controls, [{ indicator: 'postgresql.statement.mean', labels: { statement: 'other' } }]);
  assert.deepEqual(change!.meter, [
    { measure: 'postgresql.statement.mean', statement: 'abc' },
    { measure: 'postgresql.statement.mean', statement: 'other' },
    { measure: 'postgresql.statement.duration', statement: 'abc' },
  ]);
});

test('spills: the memory that a plan tells, not what is written', () => {
  const spilling = statement({ tempWritten: 100 * 2 ** 20 });
  assert.equal(only(spillsToDisk, spilling).advice!.code, "SET LOCAL work_mem = '8MB';");
  const run = ran([], { spills: [{ what: 'hash join', disk: null, workMem: 40 * 2 ** 20 }] });
  assert.equal(only(spillsToDisk, spilling, run).advice!.code, "SET LOCAL work_mem = '40MB';");
});
