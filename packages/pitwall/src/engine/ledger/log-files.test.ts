import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readLines } from '../../load/imports/access-log/read-lines.ts';
import { newParts, rememberEnds } from './log-files.ts';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pitwall-log-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function newLines(file: string, ends: Awaited<ReturnType<typeof rememberEnds>>): Promise<string[]> {
  const lines: string[] = [];
  for (const part of await newParts(file, ends)) {
    await readLines(part.file, (line) => lines.push(line) > 0, undefined, part.from);
  }
  return lines;
}

test('what was appended since', async (t) => {
  const log = join(folderOf(t), 'access.log');
  writeFileSync(log, 'old 1\nold 2\n');
  const ends = await rememberEnds(log);
  assert.deepEqual(await newLines(log, ends), []);
  appendFileSync(log, 'new 1\nnew 2\n');
  assert.deepEqual(await newLines(log, ends), ['new 1', 'new 2']);
});

test('rotated by renaming, twice: the old one is read on, the new ones from their beginning', async (t) => {
  const folder = folderOf(t);
  const log = join(folder, 'access.log');
  writeFileSync(log, 'old\n');
  writeFileSync(`${log}.1`, 'older\n');
  writeFileSync(join(folder, 'error.log'), 'another\n');
  const ends = await rememberEnds(log);
  appendFileSync(log, 'a\n');
  const rotate = (seconds: number) => {
    renameSync(`${log}.1`, `${log}.2`);
    renameSync(log, `${log}.1`);
    utimesSync(`${log}.1`, seconds, seconds);
  };
  rotate(1_000_000);
  writeFileSync(log, 'b\n');
  rmSync(`${log}.2`);
  rotate(1_000_001);
  writeFileSync(log, 'c\n');
  writeFileSync(`${log}.3.gz`, 'packed');
  appendFileSync(join(folder, 'error.log'), 'not ours\n');
  assert.deepEqual(await newLines(log, ends), ['a', 'b', 'c']);
});

test('emptied in place: the copy and the rest, from their beginnings', async (t) => {
  const log = join(folderOf(t), 'access.log');
  writeFileSync(log, 'old, and long enough\n');
  const ends = await rememberEnds(log);
  appendFileSync(log, 'a\n');
  copyFileSync(log, `${log}.1`);
  utimesSync(`${log}.1`, 1_000_000, 1_000_000);
  truncateSync(log);
  appendFileSync(log, 'b\n');
  assert.deepEqual(await newLines(log, ends), ['old, and long enough', 'a', 'b']);
});

test('a log that is not there, is no file, or vanished', async (t) => {
  const folder = folderOf(t);
  await assert.rejects(rememberEnds(join(folder, 'none.log')), { code: 'LOAD_ACCESS_LOG', message: /ENOENT/ });
  await assert.rejects(rememberEnds(folder), { code: 'LOAD_ACCESS_LOG', message: /not a regular file/ });
  const log = join(folder, 'access.log');
  writeFileSync(log, 'old\n');
  const ends = await rememberEnds(log);
  rmSync(log);
  assert.deepEqual(await newLines(log, ends), []);
});
