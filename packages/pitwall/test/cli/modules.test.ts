import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

/** How the command line's modules may depend on each other. */
const cli = join(import.meta.dirname, '..', '..', 'src', 'cli');
const modules = globSync('**/*.ts', { cwd: cli }).filter((path) => !path.endsWith('.test.ts'));
const textOf = (path: string) => readFileSync(join(cli, path), 'utf8');

test('a command does not import another one: what two of them need has a module of its own', () => {
  const commands = modules.filter((path) => existsSync(join(cli, 'commands', path)));
  assert.ok(commands.length > 10, commands.join(', '));
  const wrong = modules
    .filter((path) => path !== 'main.ts')
    .flatMap((path) =>
      commands.filter((command) => textOf(path).includes(`from './${command}'`)).map((other) => `${path}: ${other}`),
    );
  assert.deepEqual(wrong, []);
});

test('commands write to stdout only through print, which takes the secrets out', () => {
  const writes = modules.filter((path) => /process\.stdout\.write|console\.(log|info)/.test(textOf(path)));
  // main: help and version; streams: waits for what was written.
  assert.deepEqual(writes.sort(), ['context.ts', 'main.ts', 'streams.ts']);
  const unredacted = modules.filter((path) => /printExactly|writeExactly/.test(textOf(path)));
  assert.deepEqual(unredacted.sort(), ['context.ts', 'plan-output.ts']);
});
