/**
 * A/A on recorded blocks of a real service: two identical states compared again and again, and one with 15 % injected. Fails above 5 %
 * false verdicts. Records first with --record (a minute). Usage: node bench/aa/run.ts [--record]
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ratesOf } from '../../packages/pitwall/src/verify/testing.ts';

if (process.argv.includes('--record')) {
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL('./record.ts', import.meta.url))], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
}
const file = new URL('../../packages/pitwall/src/verify/fixtures/recorded-blocks.json', import.meta.url);
const rates = ratesOf(JSON.parse(readFileSync(file, 'utf8')));
const percent = (rate: number) => `${(100 * rate).toFixed(1)} %`;
console.log(`identical, 100 random arms of six blocks:      ${percent(rates.random.any)} false verdicts`);
console.log(`identical, neighbouring blocks, repeated:      ${percent(rates.consecutive.any)} false verdicts`);
console.log(`identical, neighbouring blocks, interleaved:   ${percent(rates.interleaved.any)} false verdicts`);
console.log(`15 % slower, 100 random arms of six blocks:    found in ${percent(rates.slowed.found)}`);
console.log(`15 % slower, neighbouring blocks, interleaved: found in ${percent(rates.slowedInterleaved.found)}`);
process.exit(rates.random.any <= 0.05 && rates.slowed.found >= 0.5 ? 0 : 1);
