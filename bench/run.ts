/**
 * Runs all benches, or those whose names are given: `npm run bench -- startup load`. From the first option on, arguments are for
 * them: `npm run bench -- databases --workload tpch`. See bench/README.md.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const BENCHES: Readonly<Record<string, string>> = {
  startup: 'startup.ts',
  check: 'check.ts',
  histogram: 'histogram.ts',
  load: 'load/run.ts',
  open: 'load/open.ts',
  connections: 'load/connections.ts',
  compare: 'compare/run.ts',
  aa: 'aa/run.ts',
  databases: 'databases/run.ts',
  'databases-speed': 'databases/speed.ts',
};
const args = process.argv.slice(2);
const firstOption = args.findIndex((arg) => arg.startsWith('-'));
const wanted = firstOption < 0 ? args : args.slice(0, firstOption);
const options = args.slice(wanted.length);
const unknown = wanted.filter((name) => !(name in BENCHES));
if (options.length > 0 && wanted.length !== 1) {
  console.error(`name the one bench that ${options[0]} is for`);
  process.exit(2);
}
if (unknown.length > 0) {
  console.error(`no bench ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
let failed = false;
for (const [name, file] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n## ${name}\n`);
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, file), ...options], { stdio: 'inherit' });
  failed ||= status !== 0;
}
process.exit(failed ? 1 : 0);
