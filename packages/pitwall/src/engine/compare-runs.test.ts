import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PitwallError } from '../errors.ts';
import type { Calibration } from '../model/comparison.ts';
import type { Report } from '../model/report.ts';
import type { Store } from '../model/store.ts';
import { toJson } from '../report/json.ts';
import { reportSchema } from '../report/schema.ts';
import { openStore } from '../store/sqlite.ts';
import { calibrated, seriesOfRun, shapesOfRuns } from '../verify/calibrate.ts';
import { compareSavedRuns, comparisonReport, findBaseline, withBaseline } from './compare-runs.ts';
import { measured, type SavedRun, savedRun } from './fixtures/saved-run.ts';
import { kindOf, responseTimes } from './run-kind.ts';

const directory = mkdtempSync(join(tmpdir(), 'pitwall-compare-'));
let store: Store;
const save = async (run: SavedRun, name?: string): Promise<Report> => {
  const report = savedRun(run);
  await store.saveRun(report, []);
  if (name !== undefined) await store.nameBaseline(report.run.id, name);
  return report;
};
const code = (expected: string, says: RegExp) => (error: unknown) => {
  assert.ok(error instanceof PitwallError, String(error));
  assert.equal(error.code, expected);
  assert.match(error.message, says);
  return true;
};

before(async () => {
  store = await openStore(join(directory, 'state'));
  await save({ id: '20260102-030100-aaaa', seed: 1 }, 'v1');
  await save({ id: '20260102-030200-bbbb', seed: 2 });
  await save({ id: '20260102-030300-cccc', seed: 3, slowdown: 1.15 });
  await save({ id: '20260102-030400-dddd', seed: 4, load: { valid: false, invalidBecause: ['The generator slept.'] } });
  await save({ id: '20260102-030500-eeee', seed: 5, load: { rate: 480 } });
});
after(async () => {
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

test('by id, by the beginning of one, by baseline and as the newest: worse is worse, the same is the same', async () => {
  const same = await compareSavedRuns('v1', '20260102-0302', { store });
  assert.equal(same.verdict, 'same', same.because);
  assert.deepEqual([same.a.id, same.a.name], ['20260102-030100-aaaa', 'v1']);
  assert.deepEqual([same.b.id, same.b.name], ['20260102-030200-bbbb', null]);
  assert.equal(same.noise, null);
  assert.match(same.cautions.join(' '), /Not calibrated/);
  const worse = await compareSavedRuns('v1', '20260102-030300-cccc', { store });
  assert.equal(worse.verdict, 'worse');
  assert.ok(
    worse.comparisons.every(
      ({ verdict, direction }) => verdict === 'worse' || direction === 'neutral' || verdict === 'same',
    ),
  );
  assert.equal(worse.shapes[0]!.verdict, 'same', 'slower as a whole is no other shape');
  const better = await compareSavedRuns('20260102-030300-cccc', 'v1', { store });
  assert.equal(better.verdict, 'better');
});

test('reports from files, also without a store; the JSON of a comparison is a Report', async () => {
  const file = (name: string, report: Report) => {
    const path = join(directory, name);
    writeFileSync(path, toJson(report));
    return path;
  };
  const a = file('a.json', savedRun({ id: 'a', seed: 7 }));
  const b = file('b.json', savedRun({ id: 'b', seed: 8, slowdown: 1.2 }));
  const comparison = await compareSavedRuns(a, b, { store: null });
  assert.equal(comparison.verdict, 'worse');
  const report = comparisonReport(comparison);
  assert.deepEqual(reportSchema.parse(JSON.parse(toJson(report))).comparison, comparison);
  assert.equal((await compareSavedRuns(a, 'v1', { store })).verdict, 'same');
});

test('an invalid run, another load, one and the same run and what is none: a sentence each, and no verdict', async () => {
  const compare = (a: string, b: string) => compareSavedRuns(a, b, { store });
  await assert.rejects(
    compare('v1', '20260102-0304'),
    code('COMPARE_INVALID', /is not valid, .* The generator slept\./),
  );
  await assert.rejects(compare('v1', '20260102-0305'), code('COMPARE_UNLIKE', /rates of 240 and 480/));
  await assert.rejects(compare('v1', '20260102-0301'), code('COMPARE_SAME_RUN', /v1 and 20260102-030100-aaaa/));
  await assert.rejects(compare('v1', 'nothing'), code('RUN_UNKNOWN', /nothing/));
  await assert.rejects(compare('v1', '20260102-03'), code('STORE_AMBIGUOUS', /could be several runs/));
  await assert.rejects(compare('v1', './no-such.json'), code('REPORT_UNREADABLE', /no-such\.json/));
  const anyway = await compareSavedRuns('v1', '20260102-0305', { store, anyway: true });
  assert.match(anyway.cautions[0]!, /although the load is not the same: rates of 240 and 480/);
});

test('a run saved by a version without blocks cannot be judged, and says so', async () => {
  const { blocks: _, connections: __, ...old } = savedRun({ id: 'old', seed: 9 }).load!;
  const report = { ...savedRun({ id: 'old', seed: 9 }), load: old } as unknown as Report;
  await store.saveRun(report, []);
  const { verdict, cautions } = await compareSavedRuns('old', 'v1', { store });
  assert.equal(verdict, 'inconclusive');
  assert.match(cautions.join(' '), /saved without blocks/);
});

test('the calibration of the same load on the same host is used, and widens what it has to', async () => {
  const calibration = (spread: number, rate = 240): Calibration => {
    const runs = Array.from({ length: 8 }, (_, i) =>
      savedRun({ id: `c${i}`, seed: 20 + i, slowdown: 1 + spread * ((i % 3) - 1), load: { rate } }),
    );
    const calibrationRuns = runs.map(({ run, load }) => ({
      startedAt: run.startedAt,
      blocks: load!.blocks,
      indicators: [],
    }));
    const about = { target: 'web', closed: false };
    return {
      host: 'pit',
      load: kindOf(runs[0]!.load!),
      target: 'web',
      runs: calibrationRuns,
      indicators: calibrated(calibrationRuns.map((one) => seriesOfRun(one, about))),
      shapes: shapesOfRuns(runs.map(({ load }) => responseTimes(load!))),
      leftOut: 0,
    };
  };
  const saveCalibration = (id: string, minute: number, of: Calibration) =>
    store.saveRun({ ...savedRun({ id, seed: 1, minute, command: 'calibrate' }), calibration: of }, []);
  await saveCalibration('cal-other', 10, calibration(0.3, 480));
  assert.equal((await compareSavedRuns('v1', '20260102-0303', { store })).noise, null, 'of another load');
  await saveCalibration('cal-quiet', 11, calibration(0.01));
  const quiet = await compareSavedRuns('v1', '20260102-0303', { store });
  assert.deepEqual([quiet.noise?.source, quiet.noise?.id, quiet.noise?.runs], ['calibration', 'cal-quiet', 8]);
  assert.equal(quiet.verdict, 'worse');
  await saveCalibration('cal-wild', 12, calibration(0.2));
  const wild = await compareSavedRuns('v1', '20260102-0303', { store });
  assert.equal(wild.noise?.id, 'cal-wild', 'the newest');
  assert.equal(wild.verdict, 'inconclusive');
  await assert.rejects(
    compareSavedRuns('v1', 'cal-wild', { store }),
    code('COMPARE_NOT_A_RUN', /cal-wild is a calibrate/),
  );
  const newest = await compareSavedRuns('v1', 'latest', { store, anyway: true });
  assert.equal(newest.b.id, 'old', 'a calibration is not the latest run');
});

test('checks have one value a run: judged by what earlier checks differ by, and not at all without them', async () => {
  const check = (i: number, value: number) =>
    savedRun({
      id: `check-${i}`,
      seed: 40 + i,
      command: 'check',
      host: 'other-pit',
      indicators: [measured('http.client.request.duration.p50', value), measured('host.load', 1 + i)],
    });
  for (let i = 0; i < 3; i++) await store.saveRun(check(i, 0.01 + 0.0001 * i), []);
  const first = { name: 'check-0', report: check(0, 0.01) };
  const fresh = await withBaseline(check(90, 0.02), first, { store });
  assert.equal(fresh.comparison!.verdict, 'inconclusive');
  assert.match(fresh.comparison!.because, /too few earlier runs/);
  for (let i = 3; i < 9; i++) await store.saveRun(check(i, 0.01 + 0.0001 * (i % 3)), []);
  const worse = await withBaseline(check(91, 0.02), await findBaseline('check-0', store, false), { store });
  assert.equal(worse.comparison!.verdict, 'worse', worse.comparison!.because);
  assert.deepEqual([worse.comparison!.noise?.source, worse.comparison!.noise?.runs], ['history', 9]);
  assert.match(worse.comparison!.because, /^http\.client\.request\.duration\.p50 at 2\.00 ×/);
  const same = await withBaseline(check(92, 0.01), first, { store });
  assert.equal(same.comparison!.verdict, 'same', 'the host’s own gauges do not decide');
});

test('a baseline that cannot be compared with is refused before anything is measured', async () => {
  await assert.rejects(findBaseline('nothing', store, true), code('RUN_UNKNOWN', /nothing/));
  await assert.rejects(findBaseline('v1', store, false), code('COMPARE_UNLIKE', /only v1 has a load/));
  await assert.rejects(findBaseline('check-0', store, true), code('COMPARE_UNLIKE', /check-0 has no load/));
  await assert.rejects(findBaseline('20260102-0304', store, true), code('COMPARE_INVALID', /generator slept/));
  assert.equal((await findBaseline('v1', store, true)).report.run.id, '20260102-030100-aaaa');
});
