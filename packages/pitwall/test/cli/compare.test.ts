import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { measured, type SavedRun, savedRun } from '../../src/engine/fixtures/saved-run.ts';
import type { Report } from '../../src/model/report.ts';
import { toJson } from '../../src/report/json.ts';
import { openStore } from '../../src/store/sqlite.ts';
import { inFolder, pitwall, pitwallEach } from './support.ts';

/** Comparing saved runs, from the command line: nothing is measured but by `check`. */

function writeConfig(cwd: string): void {
  writeFileSync(
    join(cwd, 'pitwall.yaml'),
    'version: 1\nservice: { name: shop }\ntargets:\n  web: { integration: http, url: "http://127.0.0.1:1/" }\n',
  );
}

async function save(cwd: string, runs: readonly (SavedRun & { readonly name?: string })[]): Promise<void> {
  const store = await openStore(join(cwd, '.pitwall'));
  for (const run of runs) {
    await store.saveRun(savedRun(run), []);
    if (run.name !== undefined) await store.nameBaseline(run.id, run.name);
  }
  await store.close();
}

test('compare: better, worse, same; exit 1 only for worse; every format says it', () =>
  inFolder(async (cwd) => {
    writeConfig(cwd);
    await save(cwd, [
      { id: 'first', seed: 1, name: 'v1' },
      { id: 'again', seed: 2 },
      { id: 'slow', seed: 3, slowdown: 1.2 },
    ]);
    const same = await pitwall(['compare', 'v1', 'again'], { cwd });
    assert.deepEqual([same.status, same.stderr], [0, '']);
    assert.match(same.stdout, /^COMPARISON {3}\d+ same\n {2}v1 \(first\) → again\n/);
    assert.match(same.stdout, /SAME: All \d+ indicators are the same within 5\.0 %\.\n$/);
    assert.ok(same.stdout.split('\n').every((line) => line.length <= 80));
    const worse = await pitwall(['compare', 'v1', 'latest', '--out', 'd.html', '--out', 'd.md', '--out', 'd.json'], {
      cwd,
    });
    assert.deepEqual([worse.status, worse.stderr], [1, '']);
    assert.match(worse.stdout, /response p50 +20\.?\d* ms +24\.?\d* ms +2\d % slower +\+1\d … \+2\d % +worse/);
    assert.match(worse.stdout, /WORSE: load\.response\.[\s\S]* more worse\.\n$/);
    const html = readFileSync(join(cwd, 'd.html'), 'utf8');
    assert.match(html, /<h2 id="comparison">Comparison<\/h2>/);
    assert.match(html, /<svg class="chart"[\s\S]*whisker bad/);
    assert.match(readFileSync(join(cwd, 'd.md'), 'utf8'), /\| GET \/ \| response p50 \|.*\*\*worse\*\*/);
    const { comparison }: Report = JSON.parse(readFileSync(join(cwd, 'd.json'), 'utf8'));
    assert.equal(comparison!.verdict, 'worse');
    const better = await pitwall(['compare', 'slow', 'first', '--json'], { cwd });
    assert.equal(better.status, 0);
    assert.equal((JSON.parse(better.stdout) as Report).comparison!.verdict, 'better');
    const wide = await pitwall(['compare', 'v1', 'slow', '--tolerance', '40%'], { cwd });
    assert.deepEqual([wide.status, /SAME: /.test(wide.stdout)], [0, true]);
  }));

test('compare: two files need no configuration and leave nothing behind', () =>
  inFolder(async (cwd) => {
    writeFileSync(join(cwd, 'a.json'), toJson(savedRun({ id: 'a', seed: 1 })));
    writeFileSync(join(cwd, 'b.json'), toJson(savedRun({ id: 'b', seed: 2, slowdown: 0.7 })));
    const { status, stdout, stderr } = await pitwall(['compare', 'a.json', './b.json'], { cwd });
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /a\.json \(a\) → \.\/b\.json \(b\)/);
    assert.match(stdout, /BETTER: /);
    assert.ok(!existsSync(join(cwd, '.pitwall')));
  }));

test('compare: what cannot be compared is a sentence, a hint and the documented exit code', () =>
  inFolder(async (cwd) => {
    writeConfig(cwd);
    await save(cwd, [
      { id: 'first', seed: 1, name: 'v1' },
      { id: 'spoiled', seed: 2, load: { valid: false, invalidBecause: ['The generator slept.'] } },
      { id: 'other', seed: 3, load: { shape: 'poisson' } },
      { id: 'calibration', seed: 4, command: 'calibrate' },
    ]);
    writeFileSync(join(cwd, 'not.json'), '{"schemaVersion": 1}');
    const cases: [args: string[], status: number, says: RegExp][] = [
      [['v1'], 2, /^pitwall: pitwall compare needs A B\.\n/],
      [['v1', 'nowhere'], 2, /^pitwall: There is no saved run nowhere\.\n/],
      [['v1', 'gone.json'], 2, /^pitwall: Cannot read the report gone\.json: /],
      [['v1', 'not.json'], 2, /^pitwall: This is not a report: /],
      [['v1', 'first'], 2, /^pitwall: v1 and first are one and the same run\.\n/],
      [['v1', 'calibration'], 2, /^pitwall: calibration is a calibrate and not one measurement/],
      [['v1', 'other'], 2, /^pitwall: These two runs are not comparable: the shapes constant-rate and poisson\.\n/],
      [['v1', 'spoiled'], 3, /^pitwall: The load of spoiled is not valid, .* The generator slept\.\n/],
      [['v1', 'other', '--tolerance', '2'], 2, /^pitwall: --tolerance 2: expected a ratio from 0 to below 1/],
      [['v1', 'other', '--out', 'x.csv'], 2, /^pitwall: --out x\.csv: the ending has to be \.json, \.md or \.html\.\n/],
    ];
    const ended = await pitwallEach(
      cases.map(([args]) => ['compare', ...args]),
      { cwd },
    );
    for (const [i, [args, status, says]] of cases.entries()) {
      const { stdout, stderr } = ended[i]!;
      assert.equal(ended[i]!.status, status, `${args.join(' ')}: ${stderr}`);
      assert.equal(stdout, '');
      assert.match(stderr, says);
      assert.match(stderr, /\nhint: .+\n$/);
    }
    const anyway = await pitwall(['compare', 'v1', 'other', '--anyway'], { cwd });
    assert.equal(anyway.status, 0, anyway.stderr);
    assert.match(anyway.stdout, /Compared although the load is not the same: the shapes constant-rate and\s+poisson\./);
  }));

test('compare: names from reports are hostile text', () =>
  inFolder(async (cwd) => {
    const evil = '<script>alert(1)</script>\u001b[31m\u202e';
    const report = savedRun({ id: 'a', seed: 1 });
    const load = report.load!;
    const steps = load.steps.map((step) => ({ ...step, endpoint: evil }));
    const blocks = load.blocks.map((block) => ({
      ...block,
      steps: block.steps.map((step) => ({ ...step, endpoint: evil })),
    }));
    const odd = (id: string): Report => ({
      ...report,
      run: { ...report.run, id, service: evil },
      load: { ...load, steps, blocks },
    });
    writeFileSync(join(cwd, 'a.json'), toJson(odd('a')));
    writeFileSync(join(cwd, 'b.json'), toJson(odd('b')));
    const { status, stdout } = await pitwall(['compare', 'a.json', 'b.json', '--out', 'x.html', '--out', 'x.md'], {
      cwd,
    });
    assert.equal(status, 0);
    assert.doesNotMatch(stdout, /[\u001b\u202e]/);
    assert.doesNotMatch(readFileSync(join(cwd, 'x.html'), 'utf8'), /<script|[\u001b\u202e]/);
    assert.doesNotMatch(readFileSync(join(cwd, 'x.md'), 'utf8'), /(?<!\\)<script|[\u001b\u202e]/);
  }));

test('history --indicator: draws the runs, marks the change, in 80 columns, as JSON and as a page', () =>
  inFolder(async (cwd) => {
    writeConfig(cwd);
    await save(
      cwd,
      Array.from({ length: 14 }, (_, i) => ({ id: `run-${i}`, seed: i, minute: i, slowdown: i >= 8 ? 1.3 : 1 })),
    );
    const args = ['history', '--indicator', 'load.response.duration.p50'];
    const { status, stdout, stderr } = await pitwall([...args, '--out', 'h.html', '--out', 'h.md'], { cwd });
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^HISTORY {3}load\.response\.duration\.p50: 14 runs, 1 change point\n/);
    assert.match(stdout, /GET \/ on web/);
    assert.equal(stdout.match(/•/g)?.length, 14);
    assert.match(stdout, /│/);
    assert.match(stdout, / 1 +run-8 +20\.?\d* ms +2\d(\.\d)? ms +\d\d % slower +p 0\.0\d* +worse\n/);
    assert.ok(stdout.split('\n').every((line) => line.length <= 80));
    const html = readFileSync(join(cwd, 'h.html'), 'utf8');
    assert.match(html, /14 runs with 1 change point/);
    assert.equal(html.match(/<circle/g)?.length, 14);
    assert.match(readFileSync(join(cwd, 'h.md'), 'utf8'), /\| GET \/ on web \| run-8 \|/);
    const json = await pitwall([...args, '--json', '--label', 'endpoint=GET /', '--target', 'web', '--last', '5'], {
      cwd,
    });
    const { history }: Report = JSON.parse(json.stdout);
    assert.deepEqual([history!.series[0]!.points.length, history!.series[0]!.changes.length], [5, 0]);
    const mistakes: [args: string[], status: number, says: RegExp][] = [
      [['history', '--label', 'a=b'], 2, /--label needs --indicator NAME/],
      [[...args, '--label', 'nonsense'], 2, /--label nonsense: expected KEY=VALUE/],
      [[...args, '--last', 'many'], 2, /--last many: expected a whole number/],
      [[...args, '--label', 'endpoint=GET /no'], 3, /No saved run has the indicator .* with endpoint=GET \/no\./],
    ];
    for (const [wrong, code, says] of mistakes) {
      const ended = await pitwall(wrong, { cwd });
      assert.deepEqual([ended.status, ended.stdout], [code, ''], ended.stderr);
      assert.match(ended.stderr, says);
    }
  }));

test('check --baseline: compares with the saved run, exit 1 when it is worse, and keeps the comparison', () =>
  inFolder(async (cwd) => {
    const server = createServer((_, response) => setTimeout(() => response.end('ok'), 20));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const check = (...more: string[]) =>
        pitwall(['check', '--url', url, '--quiet', '--window', '100ms', ...more], { cwd });
      const unknown = await check('--baseline', 'v1');
      assert.equal(unknown.status, 2);
      assert.match(unknown.stderr, /There is no saved run v1/);
      // Earlier checks tell what this one may differ by; they were answered in a tenth of the time.
      const seen = await inFolder((elsewhere) =>
        pitwall(['check', '--url', url, '--quiet', '--window', '100ms', '--json'], { cwd: elsewhere }),
      );
      const before: Report = JSON.parse(seen.stdout);
      const store = await openStore(join(cwd, '.pitwall'));
      const http = before.indicators.filter(
        ({ name, value }) => name.startsWith('http.client.request.duration') && value !== null,
      );
      assert.ok(http.length > 0);
      const quick = http.map((one) => measured(one.name, one.value! / 10, { labels: one.labels, target: one.target }));
      for (let i = 0; i < 6; i++) {
        const indicators = quick.map((one) => ({ ...one, value: one.value! * (1 + 0.001 * i) }));
        const run = {
          ...before.run,
          id: `earlier-${i}`,
          startedAt: new Date(Date.UTC(2026, 0, 1, 0, i)).toISOString(),
        };
        await store.saveRun({ ...before, run, indicators }, []);
      }
      await store.nameBaseline('earlier-5', 'quick');
      await store.close();
      const worse = await check('--baseline', 'quick');
      assert.equal(worse.status, 1, worse.stderr);
      assert.match(worse.stdout, /COMPARISON/);
      assert.match(worse.stdout, /WORSE: http\.client\.request\.duration/);
      const json = await check('--baseline', 'quick', '--json');
      assert.equal((JSON.parse(json.stdout) as Report).comparison!.verdict, 'worse');
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }));

test('load --calibrate and --duet: mistakes cost nothing', () =>
  inFolder(async (cwd) => {
    const cases: [args: string[], says: RegExp][] = [
      [['--calibrate', '--runs', '4'], /--runs 4: a calibration has 5 to 1000 runs/],
      [['--calibrate', '--runs', 'x'], /--runs x: expected a whole number of runs/],
      [['--calibrate', '--baseline', 'v1'], /--calibrate and --baseline exclude each other/],
      [['--duet', 'http://127.0.0.1:1'], /--duet needs two URLs/],
      [['--duet', 'http://127.0.0.1:1', 'http://127.0.0.1:1/'], /two different services/],
      [['--duet', 'http://127.0.0.1:1', 'ftp://127.0.0.1:2'], /ftp:\/\/127\.0\.0\.1:2 is not an http or https URL/],
      [['--duet', 'http://127.0.0.1:1', 'http://127.0.0.1:2/path'], /name only the origin \(http:\/\/127\.0\.0\.1:2\)/],
      [['--duet', 'http://127.0.0.1:1', 'http://u:p@127.0.0.1:2'], /Credentials do not belong into a URL/],
      [['--duet', '--calibrate', 'http://127.0.0.1:1', 'http://127.0.0.1:2'], /exclude each other/],
      [['--duet', 'http://127.0.0.1:1', 'http://192.0.2.1'], /192\.0\.2\.1 is not this host/],
    ];
    const ended = await pitwallEach(
      cases.map(([args]) => ['load', ...args, ...(args[0] === '--calibrate' ? ['--url', 'http://127.0.0.1:1'] : [])]),
      { cwd },
    );
    for (const [i, [args, says]] of cases.entries()) {
      const { status, stdout, stderr } = ended[i]!;
      assert.equal(status, 2, `${args.join(' ')}: ${stderr}`);
      assert.equal(stdout, '');
      assert.match(stderr, says);
    }
  }));
