import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '../../stats/random.ts';
import { TraceSorter } from './access-log/trace-writer.ts';
import { readTrace, traceLine } from './trace.ts';

async function traceOf(content: string, flows?: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'pitwall-trace-'));
  try {
    const file = join(folder, 't.jsonl');
    writeFileSync(file, content);
    return await readTrace(file, flows);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('a trace is read as it was written', async () => {
  const lines = [traceLine(0, 'a'), traceLine(0.0123456789, 'b "x"'), traceLine(12.5, 'a')].join('');
  assert.equal(lines.split('\n')[1], '{"at":0.012346,"flow":"b \\"x\\""}');
  const trace = await traceOf(lines);
  assert.deepEqual([...trace.at], [0, 0.012346, 12.5]);
  assert.deepEqual([...trace.flow], [0, 1, 0]);
  const named = await traceOf(lines, ['z', 'b "x"', 'a']);
  assert.deepEqual([...named.flow], [2, 1, 2]);
  const alone = await traceOf('{"at":0}\n{"at":1}\n', ['only']);
  assert.deepEqual([...alone.flow], [0, 0]);
});

test('what is no trace is refused with the line', async () => {
  for (const [content, says, flows] of [
    ['', /:0: not a trace: it has no arrival/, undefined],
    ['{"at":0,"flow":"a"}\nnonsense\n', /:2: not a trace: expected/, undefined],
    ['{"at":1,"flow":"a"}\n{"at":0.5,"flow":"a"}\n', /:2: .*earlier than the line before/, undefined],
    ['{"at":-1,"flow":"a"}\n', /:1: /, undefined],
    ['{"at":"0","flow":"a"}\n', /:1: /, undefined],
    ['{"at":0,"flow":7}\n', /expected "flow"/, undefined],
    ['{"at":0}\n', /expected "flow"/, ['a', 'b']],
    ['{"at":0,"flow":"c"}\n', /nothing of the name "c" to request/, ['a', 'b']],
    ['{"__proto__":{"at":0},"flow":"a"}\n', /:1: /, undefined],
  ] as const) {
    await assert.rejects(traceOf(content, flows), says, content);
  }
  await assert.rejects(readTrace('/nowhere/t.jsonl'), /Cannot read .*there is no such file/);
});

test('arrivals are put in order within a minute; later ones keep the order', () => {
  const random = seededRandom(4);
  const given: number[] = [];
  const sorter = new TraceSorter((at) => given.push(at), null);
  const times = Array.from({ length: 5000 }, (_, i) => i / 10);
  // Logged at their end, up to 20 s after they began.
  for (const time of times.map((at) => [at + random() * 20, at] as const).sort(([a], [b]) => a - b))
    sorter.add(time[1], 'x');
  sorter.add(1, 'much too late');
  const { arrivals, late } = sorter.finish();
  assert.deepEqual([arrivals, late], [5001, 1]);
  assert.ok(given.every((at, i) => i === 0 || at >= given[i - 1]!));
  assert.equal(given.filter((at, i) => Math.abs(at - times[i]!) < 1e-9).length >= 4300, true);
});

test('whole seconds are spread over their second', () => {
  const given: number[] = [];
  const sorter = new TraceSorter((at) => given.push(at), seededRandom(9));
  for (let second = 0; second < 200; second++) for (let i = 0; i < 50; i++) sorter.add(1000 + second, 'x');
  sorter.finish();
  assert.equal(given.length, 10_000);
  assert.ok(given.every((at, i) => i === 0 || at >= given[i - 1]!));
  const parts = given.map((at) => (at + 1) % 1);
  const mean = parts.reduce((sum, part) => sum + part, 0) / parts.length;
  assert.ok(new Set(given).size > 9900 && mean > 0.4 && mean < 0.6, String(mean));
});
