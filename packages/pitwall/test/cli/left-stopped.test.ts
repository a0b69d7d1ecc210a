import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { run, writeShop } from './bad-support.ts';
import { inFolder } from './support.ts';

/** A run that was killed between stopping the service and noting a change leaves nothing else behind that says so. */
test('check and history say in one line that the service was left stopped, and are otherwise as always', () =>
  inFolder(async (cwd) => {
    writeShop(cwd);
    const state = join(cwd, '.pitwall');
    mkdirSync(state, { mode: 0o700 });
    const note = (pid: number | undefined) =>
      writeFileSync(
        join(state, 'service-stopped.json'),
        JSON.stringify({ pid, start: ['true'], directory: cwd, timeout: 5 }),
      );
    const commands = [
      ['history', '--json'],
      ['check', '--json', '--quiet', '--no-confirm', '--window', '100ms'],
    ];

    note(spawnSync('true').pid);
    for (const command of commands) {
      const { status, stdout, stderr } = await run(command, { cwd });
      assert.equal(status, 0, stderr);
      assert.match(
        stderr,
        /^pitwall: a change was interrupted at [\d-]{10} [\d:]{8} UTC while the service was stopped for it; `pitwall recover` starts it\.\n$/,
      );
      JSON.parse(stdout);
    }

    note(process.pid);
    const working = await run(commands[0]!, { cwd });
    assert.match(working.stderr, new RegExp(`^pitwall: process ${process.pid} has the service stopped for a change`));

    rmSync(join(state, 'service-stopped.json'));
    for (const command of commands) assert.equal((await run(command, { cwd })).stderr, '');
  }));
