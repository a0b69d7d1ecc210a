import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type ErrorCode, PitwallError } from '../errors.ts';
import { loadConfig } from './load.ts';
import { REGISTRY } from './testing.ts';

const MINIMAL = 'version: 1\ntargets:\n  shop: { url: "http://127.0.0.1:1" }\n';

describe('files that are not a configuration', () => {
  const load = (file: string) => loadConfig(file, { environment: {}, registry: REGISTRY });
  const fails = (code: ErrorCode, words: RegExp) => (error: unknown) => {
    assert.ok(error instanceof PitwallError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    return true;
  };

  it('not there, a folder, a pipe, a device', async (t) => {
    const directory = temporary(t);
    const pipe = join(directory, 'pipe');
    execFileSync('/usr/bin/mkfifo', [pipe]);
    await assert.rejects(load(join(directory, 'none.yaml')), fails('CONFIG_NOT_FOUND', /none\.yaml/));
    await assert.rejects(load(directory), fails('CONFIG_UNREADABLE', /it is a folder/));
    for (const file of [pipe, '/dev/zero'])
      await assert.rejects(load(file), fails('CONFIG_UNREADABLE', /not a regular file/));
  });

  it('without permission', { skip: process.getuid?.() === 0 && 'root may read everything' }, async (t) => {
    const file = join(temporary(t), 'pitwall.yaml');
    writeFileSync(file, MINIMAL);
    chmodSync(file, 0);
    await assert.rejects(load(file), fails('CONFIG_UNREADABLE', /EACCES/));
  });

  it('below something that is not a folder', async (t) => {
    const directory = temporary(t);
    mkdirSync(join(directory, 'x'));
    writeFileSync(join(directory, 'x', 'file'), '');
    await assert.rejects(load(join(directory, 'x', 'file', 'pitwall.yaml')), fails('CONFIG_NOT_FOUND', /./));
  });

  it('over 1 MiB, not UTF-8', async (t) => {
    const file = join(temporary(t), 'pitwall.yaml');
    writeFileSync(file, `# ${'x'.repeat(1024 ** 2)}`);
    await assert.rejects(load(file), fails('CONFIG_UNREADABLE', /larger than 1 MiB/));
    for (const bytes of [
      Buffer.from('version: 1', 'utf16le'),
      Buffer.from([0xfe, 0xff, 0, 0x76]),
      Buffer.from('name: caf\xe9', 'latin1'),
    ]) {
      writeFileSync(file, bytes);
      await assert.rejects(load(file), fails(bytes[1] === 0 ? 'CONFIG_INVALID' : 'CONFIG_UNREADABLE', /./));
    }
  });

  it('with a byte order mark or Windows line ends is fine', async (t) => {
    const file = join(temporary(t), 'pitwall.yaml');
    writeFileSync(file, `\ufeff${MINIMAL.replaceAll('\n', '\r\n')}`);
    assert.equal((await load(file)).config.targets.length, 1);
  });
});

function temporary(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'pitwall-config-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
