// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references to secrets look like that in scenario files.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { assertSaid, run, unchanged } from './bad-support.ts';
import { inFolder } from './support.ts';

/** `pitwall import`, as a user runs it. */

const fixtures = join(import.meta.dirname, '..', '..', 'src', 'load', 'imports');
const HAR = join(fixtures, 'har', 'fixtures', 'chrome-devtools.har');
const OPENAPI = join(fixtures, 'openapi', 'fixtures', 'petstore-3.0.yaml');
const CURL = join(fixtures, 'curl', 'fixtures', 'browsers.sh');
const LOG = join(fixtures, 'access-log', 'fixtures', 'nginx-combined.log');

interface Written {
  readonly name: string;
  readonly flows: readonly { readonly name: string; readonly steps: readonly Record<string, unknown>[] }[];
}

test('each format gives a scenario on stdout, and what could not be carried over on stderr', () =>
  inFolder(async (cwd) => {
    for (const [format, file, flows, says] of [
      [
        'har',
        HAR,
        2,
        /Taken from responses for later steps:\n {2}csrf_token: .*\n[\s\S]*Not carried over:\n[\s\S]*1 × websocket: a load cannot speak it/,
      ],
      ['openapi', OPENAPI, 5, /5 × operation that changes data .*: it is written as a comment; --with-writes runs it/],
      ['curl', CURL, 1, /1 × request to another host \(cdn\.example\): only shop\.example is imported/],
      ['access-log', LOG, 8, /36 × query value \(token=\): it may be a secret or personal/],
    ] as const) {
      const ended = await unchanged(cwd, () => run(['import', format, file], { cwd }));
      assert.equal(ended.status, 0, ended.stderr);
      assert.match(ended.stderr, says);
      assert.match(ended.stdout, new RegExp(`^# Written by \`pitwall import ${format}\` from `));
      assert.equal((parse(ended.stdout) as Written).flows.length, flows);
      const guessed = await run(['import', 'auto', file, '--quiet'], { cwd });
      assert.deepEqual([guessed.stdout, guessed.stderr], [ended.stdout, '']);
    }
  }));

test('-o writes the scenario, and --force has to be said to replace one', () =>
  inFolder(async (cwd) => {
    const written = await run(['import', 'har', HAR, '-o', 'visit.yaml', '--name', 'a visit'], { cwd });
    assert.deepEqual([written.status, written.stdout], [0, '']);
    assert.match(
      written.stderr,
      /^har: 9 steps in 2 flows from https:\/\/shop\.example\n[\s\S]*\nWrote visit\.yaml\n$/,
    );
    assert.equal((parse(readFileSync(join(cwd, 'visit.yaml'), 'utf8')) as Written).name, 'a visit');
    await unchanged(cwd, async () => {
      assertSaid(
        await run(['import', 'curl', CURL, '-o', 'visit.yaml'], { cwd }),
        2,
        /visit\.yaml exists; --force replaces it/,
      );
    });
    assert.equal((await run(['import', 'curl', CURL, '-o', 'visit.yaml', '--force'], { cwd })).status, 0);
    assert.deepEqual(readdirSync(cwd), ['visit.yaml']);
  }));

test('--json gives the report as data, with the scenario when no file was asked for', () =>
  inFolder(async (cwd) => {
    const { stdout, stderr } = await run(['import', 'har', HAR, '--json', '--quiet'], { cwd });
    assert.equal(stderr, '');
    const result = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(Object.keys(result), [
      'kind',
      'format',
      'scenario',
      'written',
      'yaml',
      'secrets',
      'leftOut',
      'remarks',
      'correlations',
      'log',
    ]);
    assert.deepEqual(result.scenario, { name: 'chrome-devtools', origin: 'https://shop.example', flows: 2, steps: 9 });
    assert.equal(
      (result.leftOut as { what: string; count: number }[]).find(({ what }) => what === 'websocket')!.count,
      1,
    );
    assert.doesNotMatch(stdout, /hunter2|verysecret|live-key/);
    const log = JSON.parse(
      (await run(['import', 'access-log', LOG, '--json', '-q', '-o', 'mix.yaml'], { cwd })).stdout,
    ) as {
      written: string[];
      yaml?: string;
      log: { requests: number; rate: { peak: number }; duration: null };
    };
    assert.deepEqual(
      [log.written, log.yaml, log.log.requests, log.log.rate.peak, log.log.duration],
      [['mix.yaml'], undefined, 241, 34, null],
    );
  }));

test('rotated and packed logs are one log; --as trace writes arrivals beside the scenario', () =>
  inFolder(async (cwd) => {
    const lines = readFileSync(LOG, 'utf8').trimEnd().split('\n');
    writeFileSync(join(cwd, 'access.log.1.gz'), gzipSync(`${lines.slice(0, 100).join('\n')}\n`));
    writeFileSync(join(cwd, 'access.log'), `${lines.slice(100).join('\n')}\n`);
    const args = [
      'import',
      'access-log',
      'access.log.1.gz',
      'access.log',
      '--as',
      'trace',
      '-o',
      'day.jsonl',
      '-o',
      'day.yaml',
    ];
    const { status, stderr } = await run(args, { cwd });
    assert.equal(status, 0, stderr);
    assert.match(stderr, /Wrote day\.yaml\nWrote day\.jsonl \(212 arrivals\)\n$/);
    const flows = (parse(readFileSync(join(cwd, 'day.yaml'), 'utf8')) as Written).flows.map(({ name }) => name);
    const arrivals = readFileSync(join(cwd, 'day.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { at: number; flow: string });
    assert.equal(arrivals.length, 212);
    assert.ok(
      arrivals.every(({ at, flow }, i) => flows.includes(flow) && (i === 0 ? at === 0 : at >= arrivals[i - 1]!.at)),
    );
    assert.equal(existsSync(join(cwd, 'day.jsonl.part')), false);
  }));

test('a log in a format of its own is read with --format', () =>
  inFolder(async (cwd) => {
    const file = join(fixtures, 'access-log', 'fixtures', 'apache-timed.log');
    const none = await run(['import', 'access-log', file], { cwd });
    assertSaid(
      none,
      2,
      /apache-timed\.log cannot be imported: its lines are none of json, caddy, vhost_combined, combined, common/,
    );
    const format = '%h %{%Y-%m-%dT%H:%M:%S}t.%{msec_frac}t %m %U%q %>s %B %D "%{User-Agent}i"';
    const { status, stdout } = await run(['import', 'auto', file, '--format', format], { cwd });
    assert.equal(status, 0);
    assert.match(stdout, /Request times of the server: p50 \d+ µs/);
    assertSaid(
      await run(['import', 'access-log', file, '--format', '$status'], { cwd }),
      2,
      /--format \$status: it has no time in it/,
    );
  }));

test('the scenario that is written is one that `pitwall load` takes', () =>
  inFolder(async (cwd) => {
    copyFileSync(HAR, join(cwd, 'visit.har'));
    await run(['import', 'har', 'visit.har', '-o', 'visit.yaml'], { cwd });
    // Nothing listens there: the scenario was read, its secrets too, and only then the service was looked for.
    const env = { API_KEY: 'k', BEARER_TOKEN: 't', PASSWORD: 'p' };
    const ended = await run(['load', '--url', 'http://127.0.0.1:1', '--scenario', 'visit.yaml'], { cwd, env });
    assertSaid({ ...ended, stderr: lastTwo(ended.stderr) }, 3, /No load could be sent to http:\/\/127\.0\.0\.1:1/);
    const unset = await run(['load', '--url', 'http://127.0.0.1:1', '--scenario', 'visit.yaml'], { cwd });
    assert.equal(unset.status, 2);
    assert.match(unset.stderr, /the secret \$\{env:API_KEY\} cannot be read: the environment variable is not set/);
  }));

/** The error and its hint, after what was said of the work. */
function lastTwo(stderr: string): string {
  return `${stderr.trimEnd().split('\n').slice(-2).join('\n')}\n`;
}
