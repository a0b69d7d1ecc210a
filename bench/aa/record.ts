/**
 * Records blocks of a real service for the A/A check: one Node HTTP service that hashes for 0.3 ms a request, measured by the
 * load engine in blocks as a trial has them by default (1 s, after 0.15 s that do not count); every third block is slowed
 * down so that a request takes 15 % longer in all, and the last one is not. Takes about four minutes.
 * Usage: node bench/aa/record.ts [--rounds 60]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runLoad } from '../../packages/pitwall/src/load/engine.ts';
import type { LoadResult } from '../../packages/pitwall/src/model/load.ts';
import { median } from '../../packages/pitwall/src/stats/quantile.ts';

const WORK_MILLISECONDS = 0.3;
const SLOWDOWN = 1.15;
const OUTPUT = fileURLToPath(
  new URL('../../packages/pitwall/src/verify/fixtures/recorded-blocks.json', import.meta.url),
);
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '60' } } });
const signal = AbortSignal.timeout(1_200_000);

const service = fork(fileURLToPath(new URL('./service.ts', import.meta.url)), {
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
});
try {
  const [line] = await once(service.stdout!, 'data', { signal });
  const { port, bytesPerMillisecond } = JSON.parse(String(line));
  const block = (bytes: number): Promise<LoadResult> =>
    runLoad(
      {
        url: `http://127.0.0.1:${port}`,
        endpoints: [{ name: 'work', method: 'GET', path: `/?bytes=${Math.round(bytes)}`, headers: {}, weight: 1 }],
        shape: 'closed',
        users: 1,
        duration: 1,
        warmup: 0.15,
        timeout: 5,
        workers: 1,
        seed: 1,
        allow: [],
      },
      { signal },
    );
  const usual = bytesPerMillisecond * WORK_MILLISECONDS;
  for (let i = 0; i < 4; i++) await block(usual);
  // The share of HTTP itself counts too: 15 % of all that a request takes, not of the computing alone.
  const five = [];
  for (let i = 0; i < 5; i++) five.push((await block(usual)).latency.service.p50 * 1000);
  const whole = median(five);
  const slower = usual + (SLOWDOWN - 1) * whole * bytesPerMillisecond;

  const still: number[][] = [];
  const slowed: number[][] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const arm of [still, still, slowed]) arm.push(figures(await block(arm === slowed ? slower : usual)));
  }
  still.push(figures(await block(usual)));
  const rows = (blocks: number[][]) => blocks.map((block) => `    ${JSON.stringify(block)}`).join(',\n');
  writeFileSync(
    OUTPUT,
    `{\n  "slowdown": ${SLOWDOWN},\n  "columns": ${JSON.stringify(columns())},\n  "still": [\n${rows(still)}\n  ],\n  "slowed": [\n${rows(slowed)}\n  ]\n}\n`,
  );
  console.log(`${still.length} still and ${slowed.length} slowed blocks; a request takes ${whole.toFixed(3)} ms`);
} finally {
  service.kill();
}

/** What is kept of a block, in this order. Seconds, requests a second, ratio. */
function columns(): string[] {
  return [
    'load.response.duration.p50',
    'load.response.duration.p95',
    'load.response.duration.p99',
    'load.service.duration.p50',
    'load.service.duration.p95',
    'load.service.duration.p99',
    'load.requests.rate',
    'load.error.ratio',
  ];
}

function figures({ latency: { response, service: own }, requestsPerSecond, sent, ok }: LoadResult): number[] {
  return [
    ...[response, own].flatMap(({ p50, p95, p99 }) => [p50, p95, p99]),
    requestsPerSecond,
    sent === 0 ? 0 : (sent - ok) / sent,
  ].map((value) => Number(value.toPrecision(5)));
}
