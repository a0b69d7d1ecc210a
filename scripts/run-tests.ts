/**
 * Runs the tests: all but `*.long.test.ts`, or with --long only those. Arguments are substrings of paths to choose some:
 *
 *   npm run test:unit -- sqlite
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const args = process.argv.slice(2);
const long = args.includes('--long');
const wanted = args.filter((a) => !a.startsWith('--'));

const files = globSync(['packages/*/{src,test}/**/*.test.ts', 'examples/**/*.test.ts', 'scripts/**/*.test.ts'], {
  cwd: root,
})
  .filter((file) => file.endsWith('.long.test.ts') === long)
  .filter((file) => !file.includes('node_modules'))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();
if (files.length === 0) {
  console.error('no test file matches');
  process.exit(1);
}
const result = spawnSync(
  process.execPath,
  ['--test', '--test-concurrency=2', `--test-timeout=${long ? 3_600_000 : 300_000}`, ...files],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
process.exit(result.status ?? 1);
