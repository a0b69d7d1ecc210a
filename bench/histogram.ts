/**
 * Recording one duration: our histogram beside Node's native one. Medians of interleaved rounds, in ns a record; also
 * the largest difference between their percentiles. Usage: node bench/histogram.ts
 */
import { createHistogram } from 'node:perf_hooks';
import { Histogram } from '../packages/pitwall/src/stats/histogram.ts';

const RECORDS = 1_000_000;
const ROUNDS = 9;

/** Log-normal around 1 ms, like response times; whole ns because the native one takes nothing else. */
const durations = Float64Array.from({ length: RECORDS }, () => {
  const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  return Math.max(1, Math.round(1e6 * Math.exp(normal)));
});

const own = new Histogram();
const native = createHistogram({ lowest: 1, highest: 2 ** 42, figures: 3 });
const runs = {
  pitwall: () => {
    for (let i = 0; i < RECORDS; i++) own.record(durations[i]!);
  },
  'perf_hooks.createHistogram': () => {
    for (let i = 0; i < RECORDS; i++) native.record(durations[i]!);
  },
};

const nsPerRecord: Record<string, number[]> = {};
for (let round = 0; round <= ROUNDS; round++) {
  for (const [name, run] of Object.entries(runs)) {
    own.reset();
    native.reset();
    const start = performance.now();
    run();
    const ns = ((performance.now() - start) * 1e6) / RECORDS;
    // The first round is for the compiler.
    if (round > 0) nsPerRecord[name] = [...(nsPerRecord[name] ?? []), ns];
  }
}

own.reset();
native.reset();
for (const run of Object.values(runs)) run();
const differences = [50, 90, 99, 99.9, 99.99].map((percent) =>
  Math.abs(own.percentile(percent) / native.percentile(percent) - 1),
);
console.table(
  Object.entries(nsPerRecord).map(([name, all]) => ({
    histogram: name,
    nsPerRecord: Number(all.toSorted((a, b) => a - b)[ROUNDS >> 1]!.toFixed(1)),
  })),
);
console.log(`largest difference of p50 … p99.99: ${(Math.max(...differences) * 100).toFixed(3)} %`);
