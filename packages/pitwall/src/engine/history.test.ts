import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PitwallError } from '../errors.ts';
import type { Store } from '../model/store.ts';
import { openStore } from '../store/sqlite.ts';
import { measured, savedRun } from './fixtures/saved-run.ts';
import { indicatorHistory, MOST_LAST } from './history.ts';

const directory = mkdtempSync(join(tmpdir(), 'pitwall-history-'));
let store: Store;

before(async () => {
  store = await openStore(directory);
  // Sixteen loads; from the eleventh on a fifth slower. One under another load, one check and one calibration between them.
  for (let i = 0; i < 16; i++) {
    await store.saveRun(savedRun({ id: `run-${i}`, seed: i, slowdown: i >= 10 ? 1.2 : 1, minute: 2 * i }), []);
  }
  await store.saveRun(savedRun({ id: 'other-load', seed: 50, slowdown: 9, minute: 7, load: { rate: 999 } }), []);
  await store.saveRun(
    savedRun({
      id: 'a-check',
      seed: 51,
      minute: 9,
      command: 'check',
      indicators: [measured('load.response.duration.p50', 7)],
    }),
    [],
  );
  await store.saveRun(savedRun({ id: 'a-calibration', seed: 52, minute: 40, command: 'calibrate' }), []);
});
after(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

const of = (indicator: string, more: object = {}) => indicatorHistory(store, { indicator, labels: {}, ...more });

test('the run from which on it is slower is the change point; what was measured otherwise is left out and told', async () => {
  const { series, cautions } = await of('load.response.duration.p50');
  assert.equal(series.length, 1);
  const [{ points, changes }] = series as [(typeof series)[number]];
  assert.deepEqual(
    points.map(({ run }) => run),
    Array.from({ length: 16 }, (_, i) => `run-${i}`),
  );
  assert.deepEqual(
    changes.map(({ run, index, kind }) => ({ run, index, kind })),
    [{ run: 'run-10', index: 10, kind: 'worse' }],
  );
  assert.ok(Math.abs(changes[0]!.ratio! - 1.2) < 0.02, String(changes[0]!.ratio));
  assert.ok(changes[0]!.pValue < 0.05);
  assert.match(cautions.join(' '), /^1 run is left out: made by another command \(check\), /);
  assert.match(cautions.join(' '), / 1 run is left out: made under another load\.$/);
});

test('figures of the load that are no indicators can be drawn too; a part of the runs without a change has none', async () => {
  const { series } = await of('load.service.duration.p95');
  assert.deepEqual(
    series[0]!.changes.map(({ run }) => run),
    ['run-10'],
  );
  const newest = await of('load.response.duration.p50', { last: 6 });
  assert.deepEqual([newest.series[0]!.points.length, newest.series[0]!.changes], [6, []]);
});

test('the same every time', async () => {
  assert.deepEqual(await of('load.response.duration.p95'), await of('load.response.duration.p95'));
});

test('what was never measured is a sentence that says what was', async () => {
  const failing = (indicator: string, more: object, says: RegExp, hint: RegExp) =>
    assert.rejects(of(indicator, more), (error: unknown) => {
      assert.ok(error instanceof PitwallError && error.code === 'INDICATOR_NEVER_MEASURED', String(error));
      assert.match(error.message, says);
      assert.match(error.hint, hint);
      return true;
    });
  await failing(
    'load.response.duration.p51',
    {},
    /No saved run has the indicator load\.response\.duration\.p51\./,
    /load\.response\.duration\.p50/,
  );
  await failing(
    'load.response.duration.p50',
    { labels: { endpoint: 'GET /x' } },
    /with endpoint=GET \/x/,
    /other labels/,
  );
  await failing('load.response.duration.p50', { target: 'db' }, /on db\./, /other targets/);
  await failing('nonsense', {}, /nonsense/, /pitwall list/);
});

test('a percentile of too few requests is no point of the line, and that is told', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pitwall-history-few-'));
  const few = await openStore(folder);
  t.after(async () => {
    await few.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const withCount = (id: string, seed: number, count: number) => {
    const report = savedRun({ id, seed });
    const steps = report.load!.steps.map((step) => ({
      ...step,
      distributions: { ...step.distributions, response: { ...step.distributions.response, count } },
    }));
    return { ...report, load: { ...report.load!, steps } };
  };
  await few.saveRun(withCount('few', 1, 999), []);
  const wanted = { indicator: 'load.response.duration.p999', labels: {} };
  await assert.rejects(indicatorHistory(few, wanted), (error: unknown) => {
    assert.ok(error instanceof PitwallError && error.code === 'INDICATOR_NEVER_MEASURED');
    assert.equal(error.hint, 'It has only been made of fewer than 1000 requests, which a p999 needs.');
    return true;
  });
  await few.saveRun(withCount('enough', 2, 1000), []);
  const { series, cautions } = await indicatorHistory(few, wanted);
  assert.deepEqual(
    series[0]!.points.map(({ run }) => run),
    ['enough'],
  );
  assert.match(cautions.join(' '), /^1 run is left out, in whole or in part: made of fewer than 1000 requests/);
  const p99 = await indicatorHistory(few, { ...wanted, indicator: 'load.response.duration.p99' });
  assert.equal(p99.series[0]!.points.length, 2);
});

test('more runs than change points can be looked for in are refused', async () => {
  await assert.rejects(
    indicatorHistory(store, { indicator: 'load.response.duration.p50', labels: {}, last: MOST_LAST + 1 }),
    (error: unknown) => {
      assert.ok(error instanceof PitwallError && error.code === 'USAGE');
      assert.match(error.message, /--last 1001: .* at most 1000 runs/);
      return true;
    },
  );
});
