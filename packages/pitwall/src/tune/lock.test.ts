import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PitwallError } from '../errors.ts';
import { acquireLock } from './lock.ts';

const root = mkdtempSync(join(tmpdir(), 'pitwall-lock-'));
after(() => rmSync(root, { recursive: true, force: true }));

const refused = (code: string, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof PitwallError, String(error));
  assert.equal(error.code, code);
  assert.equal(error.exitCode, 4);
  assert.match(error.message, text);
  return true;
};

test('the second is refused with who holds it, and gets it after the release', () => {
  const [state, host] = [join(root, 'a', 'state'), join(root, 'a', 'host')];
  const first = acquireLock(state, host);
  assert.throws(() => acquireLock(state, host), refused('LOCKED', new RegExp(`process ${process.pid}, .*state`)));
  first.release();
  acquireLock(state, host).release();
});

test('two state folders of one user exclude each other; two users’ hosts’ folders do not', () => {
  const first = acquireLock(join(root, 'b1'), join(root, 'host'));
  assert.throws(() => acquireLock(join(root, 'b2'), join(root, 'host')), refused('LOCKED', /b1/));
  acquireLock(join(root, 'b2'), join(root, 'other-host')).release();
  first.release();
});

test('a refused attempt leaves nothing locked', () => {
  const first = acquireLock(join(root, 'c1'), join(root, 'c-host'));
  // Gets the lock of the host folder first, then fails at the state folder.
  assert.throws(() => acquireLock(join(root, 'c1'), join(root, 'c-other')), refused('LOCKED', /process/));
  acquireLock(join(root, 'c2'), join(root, 'c-other')).release();
  first.release();
});

test('releasing twice is harmless, and the same folder for both is one lock', () => {
  const lock = acquireLock(join(root, 'd'), join(root, 'd'));
  lock.release();
  lock.release();
  acquireLock(join(root, 'd'), join(root, 'd')).release();
});

test('a lock ends with its process, killed or not', async () => {
  const script = `
    import { acquireLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
    acquireLock(process.argv[1], process.argv[2]);
    globalThis.gc();
    process.stdout.write('held');
    setInterval(() => {}, 1000);`;
  const [state, host] = [join(root, 'e'), join(root, 'e-host')];
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', script, state, host], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await new Promise((resolve) => child.stdout.once('data', resolve));
    assert.throws(() => acquireLock(state, host), refused('LOCKED', new RegExp(`process ${child.pid}`)));
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
  acquireLock(state, host).release();
});

test('a place where no lock can be made is an error of its own', () => {
  writeFileSync(join(root, 'file'), '');
  assert.throws(
    () => acquireLock(join(root, 'file', 'state'), join(root, 'f-host')),
    refused('LOCK_UNAVAILABLE', /file/),
  );
  writeFileSync(join(root, 'apply.lock'), 'this is not SQLite, and long enough to be seen as such'.repeat(20));
  assert.throws(() => acquireLock(root, join(root, 'g-host')), refused('LOCK_UNAVAILABLE', /not a database/));
});
