import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Channel } from '../../load/channel.ts';
import { Recorder } from '../../load/recorder.ts';
import { mergeSlices } from '../../load/result.ts';
import type { ServerTruth } from '../../model/ledger.ts';
import type { LoadResult } from '../../model/load.ts';
import type { Report } from '../../model/report.ts';
import { truthSentences } from '../../report/content/server-truth.ts';
import { sampleLoadReport } from '../../report/fixtures/sample-load-report.ts';
import { parseReport, toJson } from '../../report/json.ts';
import { OPTIONS, sliceOf, workerOf } from '../agents/testing.ts';
import { loadLedger } from './load-ledger.ts';

/** An answer that took so long here, of which the service says it took so long. Milliseconds; NaN: it says nothing. */
interface Told {
  readonly service: number;
  readonly server: number;
}

/** A run with these answers of each step, as workers record it and the engine puts it together. `workers`: they are dealt out. */
function measured(steps: readonly (readonly Told[])[], workers = 1): LoadResult {
  const endpoints = steps.map((_, i) => ({ ...OPTIONS.endpoints[0]!, name: `step ${i}` }));
  const results = Array.from({ length: workers }, (_, worker) => {
    const recorder = new Recorder({
      steps: steps.map(() => ({ checks: 0 })),
      start: 0,
      end: 3000,
      blocks: 3,
      onTick() {},
      onBlock() {},
      inFlight: () => 0,
    });
    for (const [step, told] of steps.entries()) {
      for (const [i, { service, server }] of told.entries()) {
        if (i % workers !== worker) continue;
        const sent = { step, intended: 10, writtenAt: 10, firstByteAt: 10, counted: true, bytes: 1 };
        recorder.answered({ ...sent, serverMs: server, dbMs: Number.NaN } as Channel, 10 + service, null);
      }
    }
    return { ...workerOf([]), steps: recorder.steps(() => null) };
  });
  return mergeSlices({ ...OPTIONS, endpoints }, [sliceOf(results)], []);
}

function truthOf(result: LoadResult): readonly ServerTruth[] {
  return loadLedger(result, { target: 'shop', readings: [], log: null })?.serverTruth ?? [];
}

const near = (got: number, want: number, what: string) =>
  assert.ok(Math.abs(got - want) <= 1e-3 * Math.max(Math.abs(want), 1e-3), `${what}: ${got}, not ${want}`);

const times = (count: number, told: Told): readonly Told[] => Array.from({ length: count }, () => told);

/** 2 % with a way of 50 ms, and another 2 % with a service of 51 ms: at p99 both sides are slow, and 1 ms apart. */
const FAR_OR_SLOW = [
  ...times(960, { service: 3, server: 2 }),
  ...times(20, { service: 52, server: 2 }),
  ...times(20, { service: 52, server: 51 }),
];

test('percentiles of the differences, not differences of percentiles', () => {
  for (const workers of [1, 3]) {
    const result = measured([FAR_OR_SLOW], workers);
    near(result.latency.service.p99 - result.latency.server!.p99, 0.001, 'p99 − p99, which says nothing');
    const [truth] = truthOf(result);
    near(truth!.between.p99, 0.05, 'p99');
    near(truth!.between.p50, 0.001, 'p50');
    near(truth!.between.mean, (980 * 0.001 + 20 * 0.05) / 1000, 'mean');
    assert.deepEqual([truth!.client, truth!.server], [1000, 1000]);
  }
});

test('overall, histograms are added: a rare step with a long way does not vanish in a weighted mean', () => {
  const result = measured([times(2000, { service: 12, server: 2 }), times(100, { service: 220, server: 20 })]);
  const ledger = loadLedger(result, { target: 'shop', readings: [], log: null });
  assert.match(
    truthSentences({ ...sampleLoadReport(), load: result, ledger } as Report).join(' '),
    // A mean of the p99 of both, by requests, would be 19 ms.
    /It is at most 10 ms for half of them and 200 ms at p99/,
  );
});

test('the mean is of the same requests on both sides, and exact below 0', () => {
  // Those without the header took a second, and are not compared with anything.
  const [truth] = truthOf(
    measured([[...times(95, { service: 10, server: 9 }), ...times(5, { service: 1000, server: NaN })]]),
  );
  near(truth!.clientMean, 0.01, 'client');
  near(truth!.between.mean, 0.001, 'mean');
  // A service that counts something else, and one that rounds up.
  const [more] = truthOf(measured([times(100, { service: 10, server: 30 })]));
  near(more!.between.mean, -0.02, 'mean');
  assert.deepEqual([more!.between.p50, more!.between.p99], [0, 0]);
  const [rounded] = truthOf(
    measured([[...times(50, { service: 10.5, server: 11 }), ...times(50, { service: 11.5, server: 11 })]]),
  );
  near(rounded!.between.mean, 0, 'mean');
});

test('too few for a p99 have none, and a report keeps it so', () => {
  const result = measured([times(99, { service: 30, server: 10 })]);
  const ledger = loadLedger(result, { target: 'shop', readings: [], log: null })!;
  near(ledger.serverTruth[0]!.between.p50, 0.02, 'p50');
  assert.equal(ledger.serverTruth[0]!.between.p99, Number.NaN);
  const read = parseReport(toJson({ ...sampleLoadReport(), load: result, ledger }));
  assert.deepEqual(read.ledger!.serverTruth, ledger.serverTruth);
  assert.deepEqual(read.load!.steps[0]!.said, result.steps[0]!.said);
  assert.match(truthSentences(read).join(' '), /too few requests for a p99, so whether .* is not known/);
});
