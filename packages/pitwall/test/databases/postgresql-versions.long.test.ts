/**
 * The tests of the PostgreSQL integration on each version that is supported, with the servers of npm (so without HypoPG:
 * what-if is on copies): `npm run setup -- --with-postgresql-versions`. A test that is added there is run here, too.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { npmPrograms, withoutPostgresql } from '../support/postgresql.ts';

const VERSIONS = [15, 16, 17, 18];
const PACKAGE = join(import.meta.dirname, '../..');
const FILES = globSync(
  [
    'src/integrations/postgresql/**/*.test.ts',
    'test/{databases,conformance}/*.test.ts',
    'test/{load/ledger,support/postgresql}.test.ts',
  ],
  { cwd: PACKAGE },
)
  .filter((file) => !file.endsWith('.long.test.ts'))
  // Of what needs no server nothing depends on its version.
  .filter((file) => readFileSync(join(PACKAGE, file), 'utf8').includes("/postgresql.ts'"))
  .sort();
/** Each keeps a server and a process busy. */
const AT_ONCE = 2;

interface Ended {
  readonly passed: number;
  /** Names of tests that did not run, with why. */
  readonly skipped: readonly string[];
  /** Those that failed, with what the reporter says of them. */
  readonly failed: string;
  readonly output: string;
}

/** Of a file that is about other things, too: what is about PostgreSQL. */
const ONLY: Readonly<Record<string, string>> = { 'test/load/ledger.test.ts': 'PostgreSQL' };

/** Runs a file of tests with the server's programs in a folder. */
async function runFile(file: string, programs: string, signal: AbortSignal): Promise<Ended> {
  // A test that runs another one must not look like it: its results would go to ours.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const only = ONLY[file] === undefined ? [] : [`--test-name-pattern=${ONLY[file]}`];
  const child = spawn(process.execPath, ['--test-reporter=tap', ...only, join(PACKAGE, file)], {
    cwd: PACKAGE,
    env: { ...env, PITWALL_TEST_POSTGRESQL: programs },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Its servers end with it.
  const end = () => child.kill('SIGKILL');
  signal.addEventListener('abort', end);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  await new Promise((resolve) => child.once('close', resolve));
  signal.removeEventListener('abort', end);
  const blocks = output.split(/^(?=\s*(?:not )?ok \d)/m);
  return {
    passed: Number(/^# pass (\d+)$/m.exec(output)?.[1] ?? 0),
    skipped: [...output.matchAll(/^\s*ok \d+ - (.*# SKIP.*)$/gm)].map((match) => match[1]!),
    failed: blocks.filter((block) => /^\s*not ok/.test(block)).join(''),
    output,
  };
}

test('the tests are found', () => {
  for (const part of [
    'structure',
    'workload/workload',
    'tunables/tunables',
    'analysis',
    'advise/advise',
    'plan/server',
  ]) {
    assert.ok(FILES.includes(`src/integrations/postgresql/${part}.test.ts`), part);
  }
});

for (const version of VERSIONS) {
  const programs = npmPrograms(version);
  suite(`PostgreSQL ${version}`, { skip: withoutPostgresql(programs), concurrency: AT_ONCE }, () => {
    for (const file of FILES) {
      test(file, { timeout: 180_000 }, async (context) => {
        const { passed, skipped, failed, output } = await runFile(file, programs, context.signal);
        assert.equal(failed, '');
        assert.ok(passed > 0 && /^# cancelled 0$/m.test(output), output.slice(-4000));
        assert.deepEqual(
          skipped.filter((name) => !name.includes('the extension hypopg')),
          [],
          'nothing else may be skipped',
        );
        context.diagnostic(`${passed} passed${skipped.length > 0 ? `, ${skipped.length} need HypoPG` : ''}`);
      });
    }
  });
}
