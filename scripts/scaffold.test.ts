import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const root = join(import.meta.dirname, '..');
/** A copy of the sources to scaffold into: with git, to see that nothing that existed was changed. */
const copy = mkdtempSync(join(tmpdir(), 'pitwall-scaffold-'));
after(() => rmSync(copy, { recursive: true, force: true }));

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  const result = spawnSync(command, args, { cwd: copy, encoding: 'utf8', env });
  assert.equal(result.status, 0, `${command} ${args.join(' ')}\n${result.stdout}\n${result.stderr}`);
  return result.stdout;
}

test('a scaffolded integration and rule compile, pass, and change no existing file', () => {
  for (const part of [
    'packages',
    'scripts',
    'examples',
    'bench',
    'tsconfig.json',
    'biome.json',
    'package.json',
    '.gitignore',
  ]) {
    cpSync(join(root, part), join(copy, part), {
      recursive: true,
      filter: (from) => !/node_modules|[\\/]dist([\\/]|$)/.test(from),
    });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const git = (...args: string[]) => run('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args]);
  git('init', '-q');
  git('add', '-A');
  git('commit', '-q', '-m', 'before');

  run(process.execPath, ['scripts/new.ts', 'integration', 'acme-cache']);
  run(process.execPath, ['scripts/new.ts', 'rule', 'acme-cache/keys-without-expiry']);
  const status = git('status', '--porcelain', '--untracked-files=all').trim().split('\n');
  assert.equal(status.length, 9);
  for (const line of status) assert.match(line, /^\?\? packages\/pitwall\/src\/integrations\/acme-cache\//);

  run(join(root, 'node_modules', '.bin', 'tsc'), ['--noEmit', '-p', '.']);
  run(join(root, 'node_modules', '.bin', 'biome'), [
    'check',
    '--error-on-warnings',
    'packages/pitwall/src/integrations/acme-cache',
  ]);
  // Without this variable the nested runner would report to the one that runs this test.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const tested = run(process.execPath, ['scripts/run-tests.ts', 'acme-cache'], env);
  assert.match(tested, /pass 8/);
  assert.match(tested, /fail 0/);

  const listed = JSON.parse(run(process.execPath, ['packages/pitwall/bin/pitwall.js', 'list', '--json'])) as {
    id: string;
  }[];
  assert.ok(listed.some(({ id }) => id === 'acme-cache'));
});

test('names that are not kebab-case, and what exists already, are refused with a sentence', () => {
  for (const args of [
    ['integration', 'Acme Cache'],
    ['integration', '../evil'],
    ['integration', 'host'],
    ['rule', 'nowhere/x'],
    ['nonsense'],
  ]) {
    const result = spawnSync(process.execPath, [join(root, 'scripts/new.ts'), ...args], { encoding: 'utf8' });
    assert.equal(result.status, 2, args.join(' '));
    assert.match(result.stderr, /^new: .+\.\n$/);
  }
});
