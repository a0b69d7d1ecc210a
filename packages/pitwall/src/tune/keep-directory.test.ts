import assert from 'node:assert/strict';
import fs, { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, mock, test } from 'node:test';
import type { JournalEntry, JournalState } from '../model/change.ts';
import { makeKeepDirectory, removeIfEmpty, removeOrphans } from './keep-directory.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pitwall-keep-'));
});
afterEach(() => {
  mock.reset();
  syncBuiltinESMExports();
  rmSync(directory, { recursive: true, force: true });
});

test('every folder that got a new one is synced, the state folder too when `originals` is new', () => {
  const synced: string[] = [];
  const real = fs.fsyncSync;
  mock.method(fs, 'fsyncSync', (descriptor: number) => {
    synced.push(readlinkSync(`/proc/self/fd/${descriptor}`));
    real(descriptor);
  });
  syncBuiltinESMExports();
  const root = join(directory, 'state', 'originals');
  const made = makeKeepDirectory(root, 'p1-c1');
  assert.equal(statSync(made).mode & 0o777, 0o700);
  assert.deepEqual(synced, [root, join(directory, 'state'), directory]);
  synced.length = 0;
  makeKeepDirectory(root, 'p1-c2');
  assert.deepEqual(synced, [root]);
  synced.length = 0;
  makeKeepDirectory(root, 'p1-c2');
  assert.deepEqual(synced, [root], 'when it is there already, it may not be durable yet');
});

test('orphans are deleted, what a person may still need is not', () => {
  const states: JournalState[] = ['intent', 'written', 'undoing', 'kept', 'conflict', 'rolled-back', 'failed'];
  const entries = states.map((state) => ({ id: state, state }) as unknown as JournalEntry);
  for (const { id } of entries) makeKeepDirectory(directory, id);
  makeKeepDirectory(directory, 'never-journalled');
  removeOrphans(directory, entries);
  assert.deepEqual(readdirSync(directory).sort(), ['conflict', 'intent', 'kept', 'undoing', 'written']);
  removeOrphans(join(directory, 'none'), entries);
});

test('only an empty folder goes after a change was kept', () => {
  writeFileSync(join(makeKeepDirectory(directory, 'full'), 'copy'), '');
  makeKeepDirectory(directory, 'empty');
  for (const id of ['full', 'empty', 'none']) removeIfEmpty(directory, id);
  assert.deepEqual(readdirSync(directory), ['full']);
  assert.ok(existsSync(join(directory, 'full', 'copy')));
});
