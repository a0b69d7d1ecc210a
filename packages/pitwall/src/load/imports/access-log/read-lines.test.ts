import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { readLines } from './read-lines.ts';

async function linesOf(content: string | Buffer, most = Number.POSITIVE_INFINITY) {
  const folder = mkdtempSync(join(tmpdir(), 'pitwall-lines-'));
  try {
    const file = join(folder, 'log');
    writeFileSync(file, content);
    const lines: string[] = [];
    const counts = await readLines(file, (line) => lines.push(line) < most);
    return { lines, counts };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('lines end with either line break, the last one without; empty ones are none', async () => {
  const { lines, counts } = await linesOf('a\r\nb\n\nc');
  assert.deepEqual(lines, ['a', 'b', 'c']);
  assert.deepEqual(counts, { lines: 3, tooLong: 0 });
});

test('packed files are unpacked, whatever they are called, also when they are several in one', async () => {
  assert.deepEqual((await linesOf(gzipSync('a\nb\n'))).lines, ['a', 'b']);
  assert.deepEqual((await linesOf(Buffer.concat([gzipSync('a\n'), gzipSync('b\n')]))).lines, ['a', 'b']);
  assert.deepEqual((await linesOf(zstdCompressSync('a\nb\n'))).lines, ['a', 'b']);
});

test('lines and characters that are cut by a chunk come together again', async () => {
  const line = 'größe😀'.repeat(1000);
  const { lines } = await linesOf(`${line}\n`.repeat(100));
  assert.equal(lines.length, 100);
  assert.ok(lines.every((each) => each === line));
});

test('a line without end takes no memory: it is skipped and counted', async () => {
  const { lines, counts } = await linesOf(
    `a\n${'x'.repeat(3_000_000)}\nb\n${'y'.repeat(200_000)}\nc\n${'z'.repeat(300_000)}`,
  );
  assert.deepEqual(lines, ['a', 'b', 'c']);
  assert.equal(counts.tooLong, 3);
});

test('reading stops when enough was seen', async () => {
  const { lines } = await linesOf('line\n'.repeat(1_000_000), 3);
  assert.equal(lines.length, 3);
});

test('what is damaged or not there says so', async () => {
  await assert.rejects(linesOf(gzipSync('a\nb\n'.repeat(10_000)).subarray(0, 40)), /unexpected end/);
  await assert.rejects(
    readLines('/nowhere/log', () => true),
    /ENOENT/,
  );
});
