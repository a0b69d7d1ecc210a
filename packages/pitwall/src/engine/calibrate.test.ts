import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Redactor } from '../config/redact.ts';
import { parseScenario } from '../config/scenario/load.ts';
import { PitwallError } from '../errors.ts';
import { toJson } from '../report/json.ts';
import { reportSchema } from '../report/schema.ts';
import { calibrate } from './calibrate.ts';
import { SHORT_LOAD, sharedSession } from './session-testing.ts';

const shared = sharedSession([5]);
const { signal } = shared;
const overrides = SHORT_LOAD;

test('a calibration: runs of the unchanged service, and the noise of each indicator', async () => {
  const seen: number[] = [];
  const report = await calibrate(shared.session, { signal, runs: 5, overrides, onRun: (run) => seen.push(run) });
  assert.deepEqual(seen, [1, 2, 3, 4, 5]);
  const { calibration } = report;
  assert.ok(calibration);
  assert.equal(report.run.command, 'calibrate');
  assert.equal(report.load, null);
  assert.deepEqual([calibration.load.shape, calibration.load.users, calibration.leftOut], ['closed', 4, 0]);
  assert.equal(calibration.runs.length, 5);
  assert.ok(calibration.runs.every(({ blocks }) => blocks.length >= 15));
  const p50 = calibration.indicators.find(({ indicator }) => indicator === 'load.response.duration.p50');
  assert.ok(p50 && p50.level > 0.004 && p50.noiseFloor > 0 && p50.runs === 5, JSON.stringify(p50));
  assert.equal(calibration.shapes[0]!.distances.length, 10);
  assert.deepEqual(reportSchema.parse(JSON.parse(toJson(report))).calibration, calibration);
});

test('ended in order after enough runs, it is the calibration of those; before, there is none', async () => {
  const stopped = async (after: number) => {
    const stop = new AbortController();
    const early: number[] = [];
    const onRun = (run: number) => {
      if (run > after) setTimeout(() => stop.abort(new PitwallError('INTERRUPTED')), 100);
    };
    const onEndedEarly = (made: number) => early.push(made);
    const report = await calibrate(shared.session, {
      signal,
      stop: stop.signal,
      runs: 9,
      overrides,
      onRun,
      onEndedEarly,
    });
    return { report, early };
  };
  const { report, early } = await stopped(5);
  assert.deepEqual(early, [5]);
  assert.deepEqual([report.calibration!.runs.length, report.calibration!.leftOut], [5, 0]);
  const p50 = report.calibration!.indicators.find(({ indicator }) => indicator === 'load.response.duration.p50');
  assert.equal(p50?.runs, 5, 'half a run is in none of its figures');
  await assert.rejects(stopped(1), {
    code: 'CALIBRATION_INTERRUPTED_EARLY',
    exitCode: 130,
    message: 'Interrupted after 1 of 9 runs, 1 of them valid: a calibration needs at least 5, so nothing is kept.',
  });
});

test('when too few can be valid any more, it ends: the rest would be for nothing', async () => {
  const seen: number[] = [];
  const onRun = (run: number) => seen.push(run);
  // No answer is what it has to be.
  const text = 'steps: [{ get: /, check: { status: 500 } }]';
  const { scenario } = await parseScenario(text, 's.yaml', { environment: {}, redactor: new Redactor() });
  const failing = { ...overrides, scenario };
  await assert.rejects(calibrate(shared.session, { signal, runs: 8, overrides: failing, onRun }), {
    code: 'CALIBRATION_SPOILED',
    message: /^Only 0 of 3 runs were valid, and a calibration needs 6 of 8: /,
  });
  assert.deepEqual(seen, [1, 2, 3]);
});

test('it can be ended from outside', async () => {
  const end = new AbortController();
  const onRun = () => setTimeout(() => end.abort(new PitwallError('INTERRUPTED')), 50);
  const both = AbortSignal.any([signal, end.signal]);
  await assert.rejects(calibrate(shared.session, { signal: both, runs: 50, overrides, onRun }), /Interrupted/);
});
