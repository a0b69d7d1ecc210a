/**
 * A/A on recorded blocks of a real service: two identical states compared again and again, and one with 15 % injected. Fails when
 * more than 5 % of the verdicts on identical states are false, or when the design that a trial has by default (interleaved where
 * the change is quick, eight blocks an arm) would have found the slowdown in less than 90 % of all trials at that time. Says how
 * many blocks the repeated design needs for that. Records first with --record (four minutes; --quiet: see record.ts).
 * Usage: node bench/aa/run.ts [--record [--quiet]] [FILE]
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type RecordedRates, ratesOf } from '../../packages/pitwall/src/verify/testing.ts';
import { table } from '../table.ts';

const MOST_FALSE = 0.05;
const LEAST_FOUND = 0.9;
const MOST_BLOCKS = 12;
const record = process.argv.includes('--record');
const named = process.argv.slice(2).find((argument) => !argument.startsWith('--'));

if (record) {
  const script = fileURLToPath(new URL('./record.ts', import.meta.url));
  const quiet = process.argv.includes('--quiet') ? ['--quiet'] : [];
  const { status } = spawnSync(process.execPath, [script, ...quiet], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
}
const file = named ?? new URL('../../packages/pitwall/src/verify/fixtures/recorded-blocks.json', import.meta.url);
const recording = JSON.parse(readFileSync(file, 'utf8'));
const percent = (rate: number) => `${(100 * rate).toFixed(0)} %`;

let blocks = 8;
const first = ratesOf(recording, blocks);
const rows: string[][] = [];
let rates = first;
for (;;) {
  rows.push(...rowsOf(rates));
  if (rates.slowed.repeated.found >= LEAST_FOUND || blocks >= MOST_BLOCKS) break;
  blocks += 2;
  rates = ratesOf(recording, blocks);
}
table(['blocks', 'design', 'false, at random', 'false, in turn', '15 % found, at random', '15 % found, in turn'], rows);
const falseEnough = Object.values(first.identical).every(({ any }) => any <= MOST_FALSE);
process.exit(falseEnough && first.slowedInTurn.interleaved.found >= LEAST_FOUND ? 0 : 1);

function rowsOf({ identical, identicalInTurn, slowed, slowedInTurn }: RecordedRates): string[][] {
  return (['interleaved', 'repeated'] as const).map((design) => [
    String(blocks),
    design,
    percent(identical[design].any),
    percent(identicalInTurn[design].any),
    percent(slowed[design].found),
    percent(slowedInTurn[design].found),
  ]);
}
