import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fact } from '../../../model/observation.ts';
import type { FindingDraft, Rule } from '../../../model/rule.ts';
import { viewFor } from '../../_proc/testing.ts';
import { fact } from '../facts/define.ts';
import type { LoopFact, PlanFact, StatementFact } from '../facts/statements.ts';
import { costlyStatement } from './costly-statement.ts';
import { misestimatedRows } from './misestimated-rows.ts';
import { noStatementStatistics } from './no-statement-statistics.ts';
import { notUnderstood } from './not-understood.ts';
import { planFlip } from './plan-flip.ts';
import { readsMuch } from './reads-much.ts';
import { spillsToDisk } from './spills-to-disk.ts';
import { statementLoop } from './statement-loop.ts';
import { statement as anyStatement, workload } from './statement-testing.ts';
import { statementRules } from './statements.ts';
import { statisticsLost } from './statistics-lost.ts';

const MIB = 2 ** 20;

const statement = (more: Partial<StatementFact> = {}): Fact =>
  anyStatement('abc', {
    text: 'SELECT \u001b[31m1',
    calls: 100,
    seconds: 1,
    rows: 100,
    callers: [{ endpoint: 'GET /a', calls: 100 }],
    ...more,
  });

function run(rule: Rule, ...facts: Fact[]) {
  return rule.evaluate(viewFor(rule, {}, facts));
}
function found(rule: Rule, ...facts: Fact[]): FindingDraft {
  const result = run(rule, ...facts);
  assert.ok('found' in result, JSON.stringify(result));
  assert.equal(result.found.length, 1);
  const [finding] = result.found;
  assert.ok(!/[\u0000-\u0009\u000b-\u001f]/.test(JSON.stringify(finding).replaceAll('\\n', '')), 'printable');
  assert.ok(!JSON.stringify(finding).includes('\\u001b'), 'printable');
  return finding!;
}
const clear = (rule: Rule, ...facts: Fact[]) => {
  const result = run(rule, ...facts);
  assert.ok('clear' in result, JSON.stringify(result));
  return result.clear;
};
const notYet = (rule: Rule, ...facts: Fact[]) => {
  const result = run(rule, ...facts);
  assert.ok('notYet' in result, JSON.stringify(result));
  return result.notYet;
};
const notApplicable = (rule: Rule, ...facts: Fact[]) => {
  const result = run(rule, ...facts);
  assert.ok('notApplicable' in result, JSON.stringify(result));
  return result.notApplicable;
};

test('all of them: nothing to say of an empty database, and thresholds with sources', () => {
  const empty = workload({ statements: 0, calls: 0, seconds: null, read: null, tempWritten: null, evictions: null });
  for (const rule of statementRules) {
    const result = run(rule, empty);
    assert.ok(!('found' in result), rule.id);
    for (const { source } of Object.values(rule.meta.thresholds)) assert.ok(source.length > 10, rule.id);
  }
});

test('before the first statement is counted nothing is known yet; where nothing counts them, they do not apply', () => {
  const none = { statements: 0, calls: 0, seconds: null };
  for (const rule of [costlyStatement, readsMuch]) {
    assert.equal(notYet(rule, workload(none)), 'no statement was counted yet');
    assert.equal(notYet(rule), 'no statement was counted yet');
    assert.equal(
      notApplicable(rule, workload({ ...none, noStatistics: 'not installed' })),
      'nothing counts statements here',
    );
  }
});

test('costly-statement: a third of the time', () => {
  const finding = found(costlyStatement, workload(), statement({ seconds: 33 }));
  assert.match(finding.summary, /^33 % of the execution time .* SELECT {2}\[31m1/);
  assert.match(finding.advice!.text, /A call takes long/);
  assert.match(found(costlyStatement, workload(), statement({ seconds: 50, calls: 1e6 })).advice!.text, /only many/);
  assert.match(clear(costlyStatement, workload(), statement({ seconds: 32.9 })), /no statement takes 33 %/);
  assert.match(notApplicable(costlyStatement, workload({ seconds: 9.9 }), statement({ seconds: 9 })), /too little/);
  assert.match(notApplicable(costlyStatement, workload({ seconds: null })), /nothing measures/);
});

test('costly-statement, reads-much: shares of young counts are not judged', () => {
  const all = statement({ seconds: 100, read: 1000 * MIB });
  for (const rule of [costlyStatement, readsMuch]) {
    assert.match(notYet(rule, workload({ window: 599 }), all), /were counted for 599 s.* takes 600 s$/);
    assert.match(
      notYet(rule, workload({ calls: 99 }), all),
      /^99 calls of statements were counted .* takes 100 calls$/,
    );
    found(rule, workload({ window: 600, calls: 100 }), all);
    // An old server does not tell when its counters began.
    found(rule, workload({ window: null }), all);
  }
});

test('reads-much: a third of what is read, and much a call', () => {
  assert.match(found(readsMuch, workload(), statement({ read: 400 * MIB })).summary, /^40 % of all that is read/);
  assert.match(clear(readsMuch, workload(), statement({ read: 300 * MIB })), /no statement reads/);
  assert.match(clear(readsMuch, workload(), statement({ read: 400 * MIB, calls: 500 })), /no statement reads/);
  assert.match(
    clear(readsMuch, workload({ read: 255 * MIB }), statement({ read: 255 * MIB })),
    /altogether|together read/,
  );
  assert.match(notApplicable(readsMuch, workload({ read: null })), /nothing counts the blocks/);
});

test('spills-to-disk: temporary files, and memory for that transaction alone', () => {
  const finding = found(spillsToDisk, workload(), statement({ tempWritten: 1000 * MIB, calls: 100 }));
  assert.match(finding.summary, /^1000 MiB went to temporary files \(10 MiB a call\)/);
  assert.equal(finding.advice!.code, "SET LOCAL work_mem = '30MB';");
  assert.match(
    clear(spillsToDisk, workload(), statement({ tempWritten: 63 * MIB })),
    /no statement has written 64 MiB/,
  );
});

const shape = (more: Partial<PlanFact['shapes'][number]> = {}): PlanFact['shapes'][number] => ({
  shape: 's1',
  text: 'Seq Scan t',
  calls: 3,
  median: 0.01,
  max: 0.5,
  first: 1,
  last: 2,
  marks: [],
  indexes: [],
  ...more,
});
const plan = (...shapes: PlanFact['shapes'][number][]) => fact('postgresql.plan', 'abc', { text: 'SELECT 1', shapes });
const mark = (amount: number) => ({
  kind: 'misestimate',
  sentence: 'expected 1 rows, got 10',
  relation: 't\u001b',
  amount,
});

test('misestimated-rows: ten times off, where it takes time', () => {
  assert.match(
    found(misestimatedRows, workload(), plan(shape({ marks: [mark(10)] }))).summary,
    /^A step over t was expected/,
  );
  assert.match(
    clear(misestimatedRows, workload(), plan(shape({ marks: [mark(9.9)] }))),
    /1 logged plan expected what it got/,
  );
  assert.match(clear(misestimatedRows, workload(), plan(shape({ max: 0.019, marks: [mark(99)] }))), /expected what/);
  assert.match(notApplicable(misestimatedRows, workload()), /no plan was logged/);
});

test('plan-flip: the same statement, another plan, three times as long', () => {
  const slow = (more = {}) => shape({ shape: 's2', text: 'Index Scan t', median: 0.03, last: 9, ...more });
  const finding = found(planFlip, workload(), plan(shape(), slow()));
  assert.match(finding.summary, /takes 3\.0 times as long in another plan/);
  assert.equal(finding.evidence.at(-1)!.value, 'the slow one');
  clear(planFlip, workload(), plan(shape(), slow({ median: 0.029 })));
  clear(planFlip, workload(), plan(shape(), slow({ calls: 2 })));
  clear(planFlip, workload(), plan(shape({ median: 0.001 }), slow({ median: 0.019 })));
  clear(planFlip, workload(), plan(shape()));
});

const loop = (more: Partial<LoopFact> = {}) =>
  fact('postgresql.loop', 'k', {
    statement: 'abc',
    text: 'SELECT 1',
    endpoint: 'GET /a',
    proof: 'proven',
    requests: 10,
    callsPerRequest: 6,
    secondsPerRequest: 0.05,
    ...more,
  });

test('statement-loop: proven is a warning, a hint says that it is one', () => {
  const proven = found(statementLoop, workload(), loop());
  assert.deepEqual([proven.severity, proven.confidence], ['warning', 'high']);
  assert.match(proven.summary, /^GET \/a asks the same 6 times in a row/);
  assert.equal(found(statementLoop, workload(), loop({ secondsPerRequest: 0.049 })).severity, 'info');
  const hint = found(statementLoop, workload(), loop({ proof: 'hint', endpoint: null }));
  assert.deepEqual([hint.severity, hint.confidence], ['info', 'low']);
  assert.match(hint.advice!.text, /may be chance/);
  assert.match(clear(statementLoop, workload(), loop({ callsPerRequest: 5 })), /no request asks in a loop/);
});

test('statistics-lost: evictions a day', () => {
  const finding = found(statisticsLost, workload({ evictions: 1, window: 86_400 }));
  assert.equal(finding.advice!.code, 'ALTER SYSTEM SET pg_stat_statements.max = 10000;');
  assert.match(clear(statisticsLost, workload({ evictions: 1, window: 2 * 86_400 })), /seldom enough/);
  assert.match(clear(statisticsLost, workload()), /no entry was dropped/);
  assert.match(notApplicable(statisticsLost, workload({ evictions: null })), /too old/);
  assert.match(notApplicable(statisticsLost, workload({ noStatistics: 'not installed' })), /not there/);
});

test('no-statement-statistics: what to do, by what is missing', () => {
  assert.match(
    found(noStatementStatistics, workload({ noStatistics: 'not installed' })).advice!.code!,
    /CREATE EXTENSION/,
  );
  assert.match(found(noStatementStatistics, workload({ noStatistics: 'not loaded' })).advice!.code!, /restart$/);
  assert.match(found(noStatementStatistics, workload({ noStatistics: 'too old' })).advice!.code!, /UPDATE/);
  clear(noStatementStatistics, workload());
});

test('not-understood: how many, and why', () => {
  const finding = found(
    notUnderstood,
    workload({ notUnderstood: { statements: 2, seconds: 25 } }),
    statement({ notUnderstood: 'it is nested too deeply' }),
  );
  assert.match(finding.summary, /^2 of 3 statements were not understood \(25 % of the time\)/);
  assert.deepEqual([finding.severity, finding.evidence[0]!.value], ['info', 'it is nested too deeply']);
  assert.match(clear(notUnderstood, workload(), statement()), /all 3 statements were understood/);
});
