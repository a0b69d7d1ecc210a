/**
 * Runs the tests: all but `*.long.test.ts`, or with --long only those. Arguments are substrings of paths to choose some:
 *
 *   npm run test:unit -- sqlite
 */
import { globSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** Files at the same time. Most of what tests do is waiting: three of them keep two cores busy, and four get in each other's way. */
const AT_ONCE = 3;

/** What takes longest, in seconds on two busy cores: begun first, so that nothing long is left over at the end. */
const SLOW = {
  'packages/pitwall/test/cli/pack.test.ts': 94,
  'packages/pitwall/src/verify/simulation.test.ts': 70,
  'packages/pitwall/test/cli/loop.test.ts': 43,
  'packages/pitwall/test/cli/agents.test.ts': 37,
  'packages/pitwall/test/cli/bad-secrets.test.ts': 37,
  'packages/pitwall/test/crash/crash.test.ts': 30,
  'packages/pitwall/test/cli/db.test.ts': 30,
  'packages/pitwall/test/cli/interrupt.test.ts': 29,
  'packages/pitwall/src/verify/recorded.test.ts': 27,
  'packages/pitwall/test/cli/bad-store.test.ts': 25,
  'packages/pitwall/test/cli/bad-output.test.ts': 24,
  'packages/pitwall/src/load/engine-failures.test.ts': 23,
  'packages/pitwall/test/browser/load-report.test.ts': 20,
  'packages/pitwall/test/browser/report.test.ts': 19,
  'packages/pitwall/test/cli/bad-plan.test.ts': 19,
  'packages/pitwall/test/cli/load-shapes.test.ts': 19,
  'packages/pitwall/test/load/ledger.test.ts': 18,
  'packages/pitwall/test/cli/tls.test.ts': 17,
  'packages/pitwall/test/cli/load-interrupt.test.ts': 17,
  'packages/pitwall/test/cli/search.test.ts': 16,
  'packages/pitwall/test/cli/bad-hostile.test.ts': 16,
  'packages/pitwall/test/fleet/agents.test.ts': 16,
  'packages/pitwall/test/cli/compare.test.ts': 15,
  'packages/pitwall/test/cli/load-presets.test.ts': 15,
  'packages/pitwall/src/load/engine-constant-rate.test.ts': 15,
} as const satisfies Readonly<Record<string, number>>;

const root = join(import.meta.dirname, '..');
const args = process.argv.slice(2);
const long = args.includes('--long');
const wanted = args.filter((a) => !a.startsWith('--'));

const all = globSync(
  ['packages/*/{src,test}/**/*.test.ts', 'examples/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
  { cwd: root },
).filter((file) => !file.includes('node_modules'));
const gone = Object.keys(SLOW).filter((file) => !all.includes(file));
if (gone.length > 0) {
  console.error(`named as slow in scripts/run-tests.ts, and not there: ${gone.join(', ')}`);
  process.exit(1);
}
const seconds = (file: string): number => (SLOW as Readonly<Record<string, number>>)[file] ?? 0;
const files = all
  .filter((file) => file.endsWith('.long.test.ts') === long)
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort()
  .sort((a, b) => seconds(b) - seconds(a))
  .map((file) => join(root, file));
if (files.length === 0) {
  console.error('no test file matches');
  process.exit(1);
}

// Most of the CPU time of a short test is reading and stripping modules that others have read before it.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'node-compile-cache');

run({ files, cwd: root, concurrency: AT_ONCE, timeout: long ? 3_600_000 : 900_000 })
  .on('test:fail', ({ todo }) => {
    if (todo === undefined || todo === false) process.exitCode = 1;
  })
  .compose(spec)
  .pipe(process.stdout);
