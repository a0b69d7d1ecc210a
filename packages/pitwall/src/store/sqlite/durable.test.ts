import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { PitwallError } from '../../errors.ts';
import { openStore } from '../sqlite.ts';
import { makePrivateDirectory, problemOf } from './durable.ts';

const unsafe = (text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof PitwallError, String(error));
  assert.equal(error.code, 'STATE_FOLDER_UNSAFE');
  assert.equal(error.exitCode, 2);
  assert.match(error.message, text);
  return true;
};

test('a folder that others can write to is refused, and left as it is', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'pitwall-durable-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const state = join(directory, 'a', 'state');
  makePrivateDirectory(state);
  assert.equal(statSync(state).mode & 0o777, 0o700);
  for (const mode of [0o770, 0o720, 0o702, 0o777, 0o1777]) {
    chmodSync(state, mode);
    assert.throws(() => makePrivateDirectory(state), unsafe(/can be written to by others \(mode 7/), mode.toString(8));
    await assert.rejects(openStore(state), unsafe(/can be written to by others/));
    assert.equal(statSync(state).mode & 0o7777, mode);
  }
  for (const mode of [0o700, 0o755, 0o750]) {
    chmodSync(state, mode);
    makePrivateDirectory(state);
  }
});

test('a folder of another user is refused', {
  skip: process.getuid?.() !== 0 && 'only root can give a folder away',
}, (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'pitwall-durable-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  chownSync(directory, 65_534, 65_534);
  assert.throws(() => makePrivateDirectory(directory), unsafe(/belongs to another user \(65534\)/));
});

test('whose folders are trusted: one’s own, root’s, and for root those of who used sudo', () => {
  const folder = (uid: number) => ({ mode: 0o40755, uid });
  assert.equal(problemOf(folder(1000), 1000, undefined), null);
  assert.equal(problemOf(folder(0), 1000, undefined), null);
  assert.equal(problemOf(folder(1000), 0, '1000'), null);
  assert.match(problemOf(folder(1000), 0, undefined) ?? '', /another user/);
  assert.match(problemOf(folder(1000), 0, '1001') ?? '', /another user/);
  assert.match(problemOf(folder(1000), 1001, '1000') ?? '', /another user/, 'only root has the power anyway');
  assert.match(problemOf({ mode: 0o40775, uid: 0 }, 0, undefined) ?? '', /written to by others/);
  assert.equal(problemOf({ mode: 0o40777, uid: 5 }, undefined, undefined), null);
});
