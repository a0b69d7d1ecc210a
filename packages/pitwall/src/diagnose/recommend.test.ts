import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChangeDraft } from '../model/change.ts';
import type { Indicator } from '../model/indicator.ts';
import type { Finding } from '../model/rule.ts';
import { fnv1a } from './identity.ts';
import { scoreFindings } from './rank.ts';
import { recommend } from './recommend.ts';

const finding = (rest: Partial<Finding> = {}): Finding => ({
  rule: 'sqlite/a',
  target: 'db',
  subject: 'orders',
  summary: 'a scan',
  severity: 'warning',
  confidence: 'high',
  evidence: [],
  ...rest,
});

const change = (rest: Partial<ChangeDraft> = {}): ChangeDraft => ({
  tunable: 'sqlite/index',
  subject: 'i1',
  to: { table: 't', columns: ['a'] },
  reason: 'because',
  affects: [{ indicator: 'sqlite.query.duration.p50', labels: { query: 'one' } }],
  ...rest,
});

const duration = (query: string, value: number, count: number): Indicator => ({
  target: 'db',
  name: 'sqlite.query.duration.p50',
  labels: { query },
  unit: 's',
  direction: 'lower-is-better',
  value,
  count,
});

const impact = (query: string, expectedRatio: number) => ({
  indicator: 'sqlite.query.duration.p50',
  labels: { query },
  expectedRatio,
  text: '',
});

test('FNV-1a as published', () => {
  // Test vectors of the reference implementation (test_fnv.c).
  assert.equal(fnv1a(''), 0xcbf29ce484222325n);
  assert.equal(fnv1a('a'), 0xaf63dc4c8601ec8cn);
  assert.equal(fnv1a('foobar'), 0x85944171f73967e8n);
});

test('findings that want the same change become one recommendation that answers for both', () => {
  const [one, ...rest] = recommend(
    [
      finding({
        changes: [change({ predictedRatio: 0.1, expectedWriteSeconds: 0.2, meter: ['q1'] })],
        confidence: 'low',
      }),
      finding({
        rule: 'sqlite/b',
        subject: 'items',
        severity: 'critical',
        changes: [
          change({
            to: { columns: ['a'], table: 't' },
            affects: [{ indicator: 'sqlite.query.duration.p50', labels: { query: 'two' } }],
            reason: 'also',
            predictedRatio: 0.5,
            expectedWriteSeconds: 0.9,
            meter: ['q1', 'q2'],
          }),
        ],
      }),
    ],
    [],
  );
  assert.equal(rest.length, 0);
  assert.deepEqual(
    [one!.rules, one!.subjects],
    [
      ['sqlite/b', 'sqlite/a'],
      ['items', 'orders'],
    ],
  );
  assert.deepEqual([one!.severity, one!.confidence, one!.status], ['critical', 'high', 'open']);
  assert.equal(one!.changes.length, 1);
  const [merged] = one!.changes;
  assert.equal(merged!.affects.length, 2);
  assert.deepEqual([merged!.predictedRatio, merged!.meter, merged!.reason], [0.5, ['q1', 'q2'], 'also; because']);
  assert.equal(merged!.expectedWriteSeconds, 0.9, 'the trial must not take a slow write for a quick one');
});

test('another value, subject or target is another recommendation', () => {
  const made = recommend(
    [
      finding({ changes: [change()] }),
      finding({ changes: [change({ to: 'other' })] }),
      finding({ changes: [change({ subject: 'i2' })] }),
      finding({ target: 'db2', changes: [change()] }),
    ],
    [],
  );
  assert.equal(new Set(made.map(({ id }) => id)).size, 4);
});

test('a finding with two changes joins the findings of either', () => {
  const other = change({ tunable: 'sqlite/statistics', subject: '', to: 'fresh' });
  const made = recommend(
    [
      finding({ changes: [change()] }),
      finding({ subject: 'x', changes: [other] }),
      finding({ subject: 'y', changes: [change(), other] }),
    ],
    [],
  );
  assert.deepEqual(
    made.map(({ changes, subjects }) => [changes.length, subjects.length]),
    [[2, 3]],
  );
});

test('ids do not depend on order, severity or wording; advice has one too; neither change nor advice gives nothing', () => {
  const a = finding({ changes: [change()] });
  const b = finding({ rule: 'http/x', target: 'web', advice: { text: 'compress' } });
  const ids = (list: Finding[]) =>
    recommend(list, [])
      .map(({ id }) => id)
      .sort();
  assert.deepEqual(ids([a, b]), ids([{ ...b, summary: 'other words', severity: 'critical' }, a]));
  assert.match(ids([a])[0]!, /^r-[0-9a-f]{10}$/);
  assert.deepEqual(recommend([finding()], []), []);
  assert.deepEqual(recommend([b], [])[0]?.advice, { text: 'compress' });
});

test('most worthwhile first: time saved, severity, how sure, stall before utilisation', () => {
  const indicators = [duration('hot', 0.01, 100_000), duration('rare', 1, 10)];
  const [hot, rare] = scoreFindings(
    [finding({ impact: impact('hot', 0.5) }), finding({ impact: impact('rare', 0.01) })],
    indicators,
  );
  assert.ok(hot! > rare!, 'half of 1000 s beats nearly all of 10 s');
  const [critical, info] = scoreFindings([finding({ severity: 'critical' }), finding({ severity: 'info' })], []);
  assert.ok(critical! > info!);
  const [sure, unsure] = scoreFindings([finding(), finding({ confidence: 'low' })], []);
  assert.ok(sure! > unsure!);
  const about = (indicator: string) => finding({ impact: { indicator, labels: {}, text: '' } });
  const [stall, busy, plain] = scoreFindings(
    [about('host.cpu.pressure.mean'), about('host.cpu.utilization.mean'), finding()],
    [],
  );
  assert.ok(stall! > busy! && busy! > plain!);
  for (const score of [hot, rare, critical, stall]) assert.ok(score! >= 0 && score! <= 100);
});

test('recommendations come in the order of their scores', () => {
  const made = recommend(
    [
      finding({ severity: 'info', subject: 'a', advice: { text: 'a' } }),
      finding({ severity: 'critical', subject: 'b', advice: { text: 'b' } }),
      finding({ severity: 'warning', subject: 'c', advice: { text: 'c' } }),
    ],
    [],
  );
  assert.deepEqual(
    made.map(({ subjects }) => subjects[0]),
    ['b', 'c', 'a'],
  );
});
