import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { run, writeConfig } from './bad-support.ts';
import { assertRefused, load, loadEach } from './load-support.ts';
import { inFolder } from './support.ts';

/** What is typed wrong is said before anything is read, opened or sent. Nothing listens on this port: nothing needs to. */
const URL = ['--url', 'http://127.0.0.1:9'];

/** Flags, and what is said of them. */
type Case = readonly [flags: readonly string[], says: RegExp];

const VALUES: readonly Case[] = [
  [['--shape', 'nonsense'], /--shape nonsense: the shapes are closed, constant-rate, poisson, .*trace\.$/m],
  [['--shape', 'constant_rate'], /--shape constant_rate: did you mean constant-rate\?/],
  [['--rate', '0'], /--rate 0: expected a rate above 0 in requests per second, such as 150\./],
  [['--rate=-5'], /--rate -5: expected a rate above 0/],
  [['--rate', 'lots'], /--rate lots: expected a rate above 0/],
  [['--rate', '2000000'], /the rate must be above 0 and at most 1000000 requests\/s/],
  [['--rate', '0.01', '--duration', '5s'], /0\.01 requests\/s for 5 s is not even one request/],
  [['--users', '0'], /--users 0: expected a whole number of users, at least 1\./],
  [['--users', '1.5'], /--users 1\.5: expected a whole number of users/],
  [['--users', '1000000000'], /users must be a whole number from 1 to 50000/],
  [['--workers', '1000'], /workers must be a whole number from 1 to 64/],
  [['--duration', '0'], /--duration 0: expected a duration above 0 such as 30s/],
  [['--duration', '30'], /--duration 30: expected a duration above 0 such as 30s/],
  [['--duration', '2d'], /the duration must be above 0 and at most 24 h/],
  [['--iterations', '0'], /--iterations 0: expected a whole number of iterations, at least 1\./],
  [['--iterations', '2000000000'], /iterations must be a whole number from 1 to 1000000000/],
  [['--seed', '-1'], /--seed -1: expected a whole number from 0 to 4294967295/],
  [['--protocol', 'http3'], /HTTP\/3 is not supported, because Node has no stable QUIC yet; use http2 or http1/],
  [['--protocol', 'spdy'], /the protocol must be http1 or http2, not spdy/],
  [['--stage', '30s'], /--stage 30s: expected a time above 0 and a height such as 30s:100/],
  [['--stage', '30s:5:7'], /--stage 30s:5:7: expected a time above 0 and a height/],
  [['--stage', '0s:5'], /--stage 0s:5: expected a time above 0/],
  [['--stage', '2s:0'], /no stage has a rate above 0/],
  [['--shape', 'steps', '--stage', '2s:5', '--stage', '2s:5/s'], /stage 2 must have users like the first one/],
  [['--shape', 'spike'], /the shape spike needs a peak/],
  [['--shape', 'spike', '--peak', '2.5'], /the peak must be a whole number of users/],
  [['--shape', 'ramping-rate'], /the shape ramping-rate needs stages/],
  [['--shape', 'trace'], /the shape trace needs a trace/],
  [['--shape', 'poisson'], /the shape poisson needs a rate/],
  [['--ramp-up', '30s', '--duration', '10s'], /the ramp-up must be at least 0 s and shorter than warm-up and duration/],
  [['--preset', 'lihgt'], /There is no preset lihgt: did you mean light\?/],
  [['--preset', 'nothing-like-it'], /There is no preset nothing-like-it: there are light, moderate, /],
  [['--save-baseline', 'latest'], /"latest" cannot be the name of a baseline\.\nhint: A name has 1 to 100 printable/],
  [['--save-baseline', ''], /"" cannot be the name of a baseline/],
  [['--out', 'report.pdf'], /--out report\.pdf: the ending has to be \.json, \.md, \.html/],
  [['--out', 'a-file/report.json'], /Cannot write a-file\/report\.json: .*a-file is not a folder\./],
  [['--out', 'a-folder.json'], /Cannot write a-folder\.json: it is a folder\./],
  [['--stream', 'a-file/ticks.jsonl'], /Cannot write a-file\/ticks\.jsonl: /],
];

const CONTRADICTIONS: readonly Case[] = [
  [
    ['--rate', '5', '--shape', 'closed'],
    /--rate does not go with --shape closed: its requests come when users are ready/,
  ],
  [
    ['--stage', '5s:5', '--shape', 'closed'],
    /--stage does not go with --shape closed: only the shapes ramping-rate and/,
  ],
  [['--trace', 'none.jsonl', '--rate', '5'], /--rate does not go with --trace: .*--speed makes that faster/],
  [['--trace', 'none.jsonl', '--stage', '5s:5'], /--stage does not go with --trace/],
  [['--trace', 'none.jsonl', '--shape', 'poisson'], /--trace does not go with --shape poisson: only the shape trace/],
  [['--speed', '2', '--rate', '5'], /--speed does not go with --rate: it says how much faster than recorded/],
  [['--speed', '2'], /--speed means something only where a trace is replayed/],
  [['--ramp-up', '2s', '--rate', '5'], /--ramp-up does not go with --rate: only users start one after the other/],
  [['--iterations', '9', '--rate', '5'], /--iterations does not go with --rate: only users who take the next one/],
  [['--iterations', '9', '--shape', 'soak'], /--iterations does not go with --shape soak/],
  [['--think-time', '1s', '--rate', '5'], /--think-time does not go with --rate: only users who wait/],
  [['--peak', '9', '--stage', '5s:5'], /--peak does not go with --stage: only the shape spike has one/],
  [['--preset', 'light', '--rate', '5'], /--preset and --rate exclude each other/],
  [['--scenario', 's.yaml', '--endpoint', '/'], /--scenario and --endpoint exclude each other/],
  [['--search', '--duet'], /--search and --duet exclude each other/],
  [['--search-to', '900'], /--search-to means something only beside --search\./],
  [['--runs', '5'], /--runs means something only beside --calibrate\./],
  [['--tolerance', '5%'], /--tolerance means something only beside --duet or --baseline\./],
  [['--json', '--stream', '-'], /--json and --stream - would both write to stdout/],
  [['scenario.yaml'], /pitwall load does not take scenario\.yaml; name a scenario with --scenario FILE/],
  [['--users'], /--users needs a value \(N\)/],
  [['--user', '5'], /There is no flag --user; did you mean --users\?/],
];

async function each(cases: readonly Case[], cwd: string): Promise<void> {
  const ended = await loadEach(
    cases.map(([flags]) => [...URL, ...flags]),
    { cwd },
  );
  assert.equal(ended.length, cases.length);
  for (const [i, [, says]] of cases.entries()) await assertRefused(ended[i]!, cwd, 2, says);
}

test('values that cannot be', { timeout: 60_000 }, () =>
  inFolder(async (cwd) => {
    writeFileSync(join(cwd, 'a-file'), '');
    mkdirSync(join(cwd, 'a-folder.json'));
    await each(VALUES, cwd);
  }),
);

test('flags that contradict each other, or that nothing would listen to', { timeout: 60_000 }, () =>
  inFolder((cwd) => each(CONTRADICTIONS, cwd)),
);

test(
  'with a configuration: what it says of another course gives way to flags, and is refused where it is wrong',
  {
    timeout: 60_000,
  },
  () =>
    inFolder(async (cwd) => {
      const configure = (more: object, shape: object) =>
        writeConfig(cwd, {
          targets: { web: { integration: 'http', url: 'http://127.0.0.1:9', ...more } },
          load: { duration: '2s', ...shape },
        });
      configure({}, { users: 5, thinkTime: '1s', rampUp: '500ms' });
      // Nothing listens: that far it came, so the think time of users did not stand in the way of a rate.
      const rated = await load(['--rate', '20'], { cwd });
      await assertRefused(rated, cwd, 3, /nothing listens on 127\.0\.0\.1:9/);
      configure({}, { shape: 'poisson', rate: 10 });
      await assertRefused(await load(['--shape', 'closed'], { cwd }), cwd, 3, /nothing listens/);
      await assertRefused(
        await load(['--endpoint', '/'], { cwd }),
        cwd,
        2,
        /--endpoint means something only beside --url or --duet\./,
      );
      configure({ endpoints: [] }, {});
      await assertRefused(await load([], { cwd }), cwd, 2, /endpoints/);
      configure({}, { target: 'wbe' });
      await assertRefused(
        await load([], { cwd }),
        cwd,
        2,
        /pitwall\.yaml:\d+:\d+: load\.target: .*did you mean "web"\?/,
      );
    }),
);

test('no configuration at all', () =>
  inFolder(async (cwd) => {
    const ended = await load([], { cwd });
    await assertRefused(ended, cwd, 2, /There is no configuration file at .*pitwall\.yaml\./);
  }));

test('the help fits 80 columns, and names every flag once', () =>
  inFolder(async (cwd) => {
    const { status, stdout, stderr } = await run(['load', '--help'], { cwd });
    assert.deepEqual([status, stderr], [0, '']);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, `${line.length}: ${line}`);
    const flags = [...stdout.matchAll(/^ {2}(?:-\w, | {4})--([\w-]+)/gm)].map(([, name]) => name);
    assert.equal(new Set(flags).size, flags.length);
    for (const name of ['scenario', 'preset', 'stage', 'peak', 'save-baseline', 'out'])
      assert.ok(flags.includes(name), name);
  }));
