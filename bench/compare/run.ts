/**
 * A/A and +10 % on a live service, each run through the load engine: pairs of runs of one state (is anything called better or worse?)
 * and a third one with every delay of the service 10 % longer (is it called worse?). Fails when more than 5 % of the A/A pairs have a
 * false verdict or less than 80 % of the slowdowns are found, with or without a calibration.
 *
 * Each run is kept as it ends, so that an interrupted bench goes on where it was; runs that the validity gate rejects are kept and
 * not compared, as `pitwall compare` does. 200 pairs of 5 s take an hour; the machine has to be idle.
 * Usage: node bench/compare/run.ts [--pairs 200] [--seconds 5] [--rate 500] [--file RECORDING.jsonl] [--analyse]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runLoad } from '../../packages/pitwall/src/load/engine.ts';
import { table } from '../table.ts';
import { type Rates, ratesOf } from './rates.ts';
import { addRun, beginRecording, readRecording, type Settings } from './recording.ts';

const MOST_FALSE = 0.05;
const LEAST_FOUND = 0.8;
const RUNS = ['still', 'again', 'slowed'] as const;
const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '5' },
    rate: { type: 'string', default: '500' },
    file: { type: 'string', default: join(tmpdir(), 'pitwall-compare-runs.jsonl') },
    analyse: { type: 'boolean', default: false },
  },
});
const { file } = values;
const pairs = Number(values.pairs);
const settings: Settings = { seconds: Number(values.seconds), rate: Number(values.rate), median: 30, slowdown: 1.1 };

if (!values.analyse) await record();
report();

async function record(): Promise<void> {
  const known = readRecording(file);
  if (known && JSON.stringify(known.settings) !== JSON.stringify(settings)) {
    console.error(
      `${file} was recorded with other settings: ${JSON.stringify(known.settings)}. Name another with --file.`,
    );
    process.exit(2);
  }
  if (!known) beginRecording(file, settings);
  const done = new Set((known?.runs ?? []).map(({ pair, run }) => `${pair} ${run}`));
  const service = fork(fileURLToPath(new URL('./service.ts', import.meta.url)), {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('interrupted; start again to go on')));
  try {
    const [line] = await once(service.stdout!, 'data', { signal: AbortSignal.timeout(10_000) });
    const { port } = JSON.parse(String(line));
    const measure = (factor: number, seconds: number, seed: number) =>
      runLoad(
        {
          url: `http://127.0.0.1:${port}`,
          endpoints: [
            {
              name: 'work',
              method: 'GET',
              path: `/?median=${settings.median}&factor=${factor}`,
              headers: {},
              weight: 1,
            },
          ],
          shape: 'constant-rate',
          rate: settings.rate,
          users: 100,
          duration: seconds,
          warmup: 0.5,
          timeout: 5,
          workers: 1,
          seed,
          allow: [],
        },
        { signal: stop.signal },
      );
    // What the service's compiler does in its first seconds is no part of any run.
    await measure(1, 3, 0);
    for (let pair = 0; pair < pairs; pair++) {
      for (const [i, run] of RUNS.entries()) {
        if (done.has(`${pair} ${run}`)) continue;
        const startedAt = new Date().toISOString();
        const result = await measure(run === 'slowed' ? settings.slowdown : 1, settings.seconds, 3 * pair + i);
        addRun(file, pair, run, startedAt, result);
      }
      if (process.stderr.isTTY) process.stderr.write(`\rpair ${pair + 1} of ${pairs}`);
    }
    if (process.stderr.isTTY) process.stderr.write('\n');
  } finally {
    service.kill();
  }
}

function report(): void {
  const recording = readRecording(file);
  if (!recording) {
    console.error(`There is no recording at ${file}.`);
    process.exit(2);
  }
  const rejected = recording.runs.filter(({ invalidBecause }) => invalidBecause !== null);
  const all = ratesOf(recording);
  table(
    [
      'noise known from',
      'A/A pairs',
      'false',
      '95 % interval',
      'worse : better',
      'p50 same',
      'other shape',
      '+10 % found',
    ],
    all.map(rowOf),
  );
  console.log(`${recording.runs.length} runs of ${recording.settings.seconds} s, ${rejected.length} of them not valid`);
  const failed = all.filter(
    ({ pairs: n, wrong, slowedPairs, found }) => wrong > MOST_FALSE * n || found < LEAST_FOUND * slowedPairs,
  );
  process.exitCode = failed.length > 0 ? 1 : 0;
}

function rowOf(rates: Rates): string[] {
  const { noise, pairs: n, wrong, worse, better, same, otherShape, slowedPairs, found } = rates;
  const [low, high] = wilson(wrong, n);
  return [
    noise,
    String(n),
    `${wrong} (${percent(wrong / n)})`,
    `${percent(low)}–${percent(high)}`,
    `${worse} : ${better}`,
    percent(same / n),
    percent(otherShape / n),
    `${found} of ${slowedPairs} (${percent(found / slowedPairs)})`,
  ];
}

function percent(rate: number): string {
  return `${(100 * rate).toFixed(1)} %`;
}

/** 95 % interval of a share. E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927). */
function wilson(hits: number, n: number): [number, number] {
  const z = 1.96;
  const p = hits / n;
  const middle = (p + z ** 2 / (2 * n)) / (1 + z ** 2 / n);
  const half = (z / (1 + z ** 2 / n)) * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n ** 2));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
