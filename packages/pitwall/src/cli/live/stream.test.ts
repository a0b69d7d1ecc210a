import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PitwallError } from '../../errors.ts';
import type { LoadOptions } from '../../model/load.ts';
import { sampleLoadReport, sampleOpenLoad } from '../../report/fixtures/sample-load-report.ts';
import type { Invocation } from '../command.ts';
import { createTickStream, openTickStream } from './stream.ts';

const options: LoadOptions = {
  url: 'http://127.0.0.1:8080',
  endpoints: [],
  shape: 'constant-rate',
  users: 200,
  rate: 400,
  duration: 3,
  warmup: 1,
  timeout: 10,
  workers: 1,
  seed: 1,
  allow: [],
};
const invocation = (values: Invocation['values']): Invocation => ({
  command: 'load',
  values,
  positionals: [],
  signal: new AbortController().signal,
});
const load = sampleOpenLoad(3);
const report = sampleLoadReport(load);

describe('the stream of a load', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'pitwall-stream-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is a JSON object a line: what starts, every second, what was said, how it ended', () => {
    let text = '';
    const stream = createTickStream({ write: (line) => (text += line), close() {} });
    stream.start('shop', options, { count: null, parts: 1 }, new Date('2026-11-20T09:12:04Z'));
    stream.tick(load.timeline[0]!, { loopUtilisation: 0.3, late: 0 });
    stream.tick({ ...load.timeline[1]!, completed: 0, p50: Number.NaN, p90: Number.NaN, p99: Number.NaN, heat: [] });
    stream.note('line\u2028one\n"two"');
    stream.end(report, load);
    stream.close();
    assert.ok(text.endsWith('\n'));
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ type }) => type),
      ['start', 'tick', 'tick', 'note', 'end'],
    );
    assert.deepEqual(lines[0], {
      type: 'start',
      schemaVersion: 1,
      service: 'shop',
      url: 'http://127.0.0.1:8080',
      shape: 'constant-rate',
      scenario: null,
      users: 200,
      rate: 400,
      duration: 3,
      warmup: 1,
      iterations: null,
      loads: 1,
      startedAt: '2026-11-20T09:12:04.000Z',
    });
    assert.deepEqual(lines[1], { type: 'tick', ...load.timeline[0], loopUtilisation: 0.3, late: 0 });
    assert.equal(lines[2].p99, null);
    assert.equal(lines[3].text, 'line\u2028one\n"two"');
    assert.equal(lines[4].run, report.run.id);
    assert.deepEqual([lines[4].valid, lines[4].endedBy, lines[4].sent], [true, 'plan', load.sent]);
    assert.deepEqual(lines[4].latency, JSON.parse(JSON.stringify(load.latency)));
  });

  it('says at its start how many iterations end a load that is not ended by its time', () => {
    let text = '';
    const stream = createTickStream({ write: (line) => (text += line), close() {} });
    const counted = { ...options, shape: 'closed', users: 5, duration: 600, warmup: 0, iterations: 50 } as const;
    stream.start('shop', counted, { count: 200, parts: 4 }, new Date(0));
    const { iterations, loads, duration, rate } = JSON.parse(text);
    assert.deepEqual([iterations, loads, duration, rate], [200, 4, 600, 400]);
  });

  it('goes to a file, in a folder that is made, and what was written is there at once', () => {
    const file = join(folder, 'new', 'ticks.jsonl');
    const stream = openTickStream(invocation({ stream: file }))!;
    stream.start('shop', options, { count: null, parts: 1 }, new Date(0));
    assert.match(readFileSync(file, 'utf8'), /^\{"type":"start".*\}\n$/);
    stream.note('two');
    stream.close();
    stream.close();
    stream.note('too late');
    assert.equal(readFileSync(file, 'utf8').split('\n').length, 3);
  });

  it('is not there unless asked for', () => {
    assert.equal(openTickStream(invocation({})), null);
  });

  it('refuses before anything runs what cannot be', () => {
    const refused = (values: Invocation['values'], code: string, said: RegExp): void => {
      assert.throws(
        () => openTickStream(invocation(values)),
        (error) => error instanceof PitwallError && error.code === code && said.test(error.message),
      );
    };
    refused({ stream: '-', json: true }, 'USAGE', /^--json and --stream - would both write to stdout/);
    refused({ stream: folder }, 'FILE_UNWRITABLE', /^Cannot write .*: .*directory/);
    assert.ok(openTickStream(invocation({ stream: '-' })));
    assert.ok(openTickStream(invocation({ stream: join(folder, 'both.jsonl'), json: true })));
  });

  it('does not end the load when the disk is full, and says so at its end', () => {
    const stream = openTickStream(invocation({ stream: '/dev/full' }))!;
    stream.note('lost');
    stream.note('too');
    assert.throws(
      () => stream.close(),
      (error) => error instanceof PitwallError && error.code === 'FILE_UNWRITABLE' && /ENOSPC/.test(error.message),
    );
    stream.close();
  });
});
