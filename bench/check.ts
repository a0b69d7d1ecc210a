/**
 * How long `pitwall check` takes on the example service (a million rows), and what it uses of the machine by its own report.
 * Median of 5 rounds on a fresh copy each. The bar: ≤ 15 s.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareExample } from '../packages/pitwall/src/cli/demo/example-service.ts';
import { median, table } from './table.ts';

const ROUNDS = 5;
const BAR_SECONDS = 15;
const bin = join(import.meta.dirname, '..', 'packages', 'pitwall', 'bin', 'pitwall.js');
const directory = mkdtempSync(join(tmpdir(), 'pitwall-check-'));
const example = await prepareExample('vending', directory);
const { signal } = new AbortController();
const rounds: { wall: number; cpu: number; rss: number }[] = [];
try {
  await example.generate(signal);
  await example.start(signal);
  for (let round = 0; round < ROUNDS; round++) {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [bin, 'check', '--config', example.configFile, '--json', '--quiet'],
      {
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
      },
    );
    if (!stdout) throw new Error(stderr);
    const { cost } = JSON.parse(stdout) as { cost: { wallSeconds: number; cpuSeconds: number; maxRssBytes: number } };
    rounds.push({ wall: cost.wallSeconds, cpu: cost.cpuSeconds, rss: cost.maxRssBytes });
  }
} finally {
  await example.stop();
  rmSync(directory, { recursive: true, force: true });
}
const wall = median(rounds.map((round) => round.wall));
table(
  ['check on the example', 'median', `≤ ${BAR_SECONDS} s`],
  [
    ['wall time', `${wall.toFixed(1)} s`, wall <= BAR_SECONDS ? 'yes' : 'NO'],
    ['own CPU', `${median(rounds.map((round) => round.cpu)).toFixed(2)} s`, ''],
    ['own peak RSS', `${(median(rounds.map((round) => round.rss)) / 2 ** 20).toFixed(0)} MiB`, ''],
  ],
);
if (wall > BAR_SECONDS) process.exitCode = 1;
