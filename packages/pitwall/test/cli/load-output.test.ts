import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inFolder, pitwall } from './support.ts';

/** Whether a load this short on a busy machine is valid is not the question here: 0, 1 and 3 are all answers. */
const RAN: readonly (number | null)[] = [0, 1, 3];

describe('what a load writes', { concurrency: 2 }, () => {
  let server: Server;
  let load: readonly string[];
  before(async () => {
    server = createServer((_, response) => response.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    load = [
      'load',
      '--url',
      url,
      '--rate',
      '40',
      '--users',
      '10',
      '--duration',
      '2s',
      '--warmup',
      '0',
      '--no-self-test',
    ];
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it('is a file in every format that --out names, and the stream beside it', async () => {
    await inFolder(async (cwd) => {
      const files = ['r.json', 'r.md', 'r.html', 'r.csv', 'r.xml', 'r.prom', 'r.om', 'r.HLOG'];
      const outs = files.flatMap((file) => ['--out', join('out', file)]);
      const ended = await pitwall([...load, ...outs, '--stream', 'ticks.jsonl', '--json'], { cwd });
      assert.ok(RAN.includes(ended.status), ended.stderr);
      const read = (file: string): string => readFileSync(join(cwd, 'out', file), 'utf8');
      const report = JSON.parse(ended.stdout);
      assert.equal(read('r.json'), ended.stdout);
      const { sent } = report.load;
      assert.ok(sent > 40);
      const [, total] = read('r.csv').split('\r\n');
      assert.ok(total?.startsWith(`now,run,,,,0,2,${sent},`), total);
      assert.match(read('r.xml'), /<testsuite name="127\.0\.0\.1:\d+: load validity" tests="2"/);
      assert.ok(read('r.prom').includes(`pitwall_load_requests_total{endpoint="GET /",method="GET"} ${sent}\n`));
      assert.match(read('r.om'), /# EOF\n$/);
      assert.match(read('r.HLOG'), /^0\.000,2\.000,[\d.]+,HISTFA/m);
      assert.match(read('r.html'), /Heat map of response times/);
      assert.match(read('r.md'), /^\| \*\*response\*\*/m);
      const lines = readFileSync(join(cwd, 'ticks.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.deepEqual(
        lines.map(({ type }) => type),
        ['start', 'tick', 'tick', 'end'],
      );
      assert.equal(lines.at(-1).run, report.run.id);
      assert.deepEqual(lines[1].heat, report.load.timeline[0].heat);
      assert.match(ended.stderr, /^127\.0\.0\.1:\d+: constant rate 40\/s, at most 10 connections, 2 s, http/m);
      assert.match(ended.stderr, /^2 s of 2 s: \d+(\.\d+)? requests\/s, p50 /m);
    });
  });

  it('is, with --stream -, the stream on stdout and nothing else there', async () => {
    await inFolder(async (cwd) => {
      const ended = await pitwall([...load, '--stream', '-', '--quiet', '--out', 'r.json'], { cwd });
      assert.ok(RAN.includes(ended.status), ended.stderr);
      const lines = ended.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.deepEqual(
        lines.map(({ type }) => type),
        ['start', 'tick', 'tick', 'end'],
      );
      assert.equal(JSON.parse(readFileSync(join(cwd, 'r.json'), 'utf8')).run.id, lines.at(-1).run);
    });
  });

  it('is refused before anything runs when it cannot be', async () => {
    await inFolder(async (cwd) => {
      const both = await pitwall([...load, '--stream', '-', '--json'], { cwd });
      assert.deepEqual([both.status, both.stdout], [2, '']);
      assert.match(both.stderr, /^pitwall: --json and --stream - would both write to stdout/);
      const folder = await pitwall([...load, '--stream', '.'], { cwd });
      assert.equal(folder.status, 2);
      assert.match(folder.stderr, /^pitwall: Cannot write \.: /);
    });
  });

  it('is a sentence where a format holds nothing but loads and there was none; the other files are written', async () => {
    await inFolder(async (cwd) => {
      const [, , url] = load;
      const ended = await pitwall(['check', '--url', url!, '--out', 'r.csv', '--out', 'r.hlog', '--out', 'r.xml'], {
        cwd,
      });
      assert.equal(ended.status, 2, ended.stderr);
      assert.match(ended.stderr, /^pitwall: Run \S+ has no load, and CSV holds nothing else\.$/m);
      assert.match(readFileSync(join(cwd, 'r.xml'), 'utf8'), /objectives" tests="[1-9]/);
    });
  });
});
