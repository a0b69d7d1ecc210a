import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, test } from 'node:test';
import { assertSaid, run, writeConfig } from './bad-support.ts';
import { assertRefused, assertReported, keptRuns, load, loadEach, shopHere } from './load-support.ts';
import { inFolder } from './support.ts';

/** Scenarios as people write them: what is wrong is said with its place, and what is right runs against a shop. */

const NOBODY = ['--url', 'http://127.0.0.1:9'];
const STEP = 'steps: [{ get: / }]\n';

/** What is written in the file, the line and column that are named, and what is said there. */
type Mistake = readonly [text: string, place: string, says: RegExp];

const MISTAKES: readonly Mistake[] = [
  ['steps: [{ get: / }', '1:19', /not valid YAML: /],
  ['steps:\n  - get: /\n   check: { status: 200 }\n', '3:', /not valid YAML: /],
  ['', '1:1', /expected flows: … or steps: …/],
  ['name: nothing\n', '1:1', /it has nothing to do: give flows, or steps/],
  ['stpes: [{ get: / }]\n', '1:1', /stpes: there is no key "stpes" here \(did you mean "steps"\?\)/],
  ['steps:\n  - get: /\n    chek: { status: 200 }\n', '3:5', /steps\[0\]\.chek: there is no key "chek" here/],
  ['steps:\n  - get: 17\n', '2:10', /steps\[0\]\.get: expected text, found 17/],
  ['steps:\n  - get: /{{customer}}\n', '2:10', /get: \{\{customer\}\} has no value here/],
  ['variables: { customer: a }\nsteps:\n  - get: /{{custmer}}\n', '3:10', /\{\{custmer\}\} .*did you mean "customer"/],
  ['steps:\n  - get: /{{$uid}}\n', '2:10', /there is no built-in value "\$uid" \(did you mean "\$uuid"\?\)/],
  ['steps:\n  - get: /{{a\n', '2:10', /there is no }} after "\{\{a"/],
  ['steps:\n  - get: /\n    extract: { id: "$.items[" }\n', '3:20', /extract\.id: .*JSONPath/],
  ['steps:\n  - get: /\n    check: { jsonpath: { "$..[": 1 } }\n', '3:26', /JSONPath/],
  ['steps:\n  - get: /\n    check: { body: "(open" }\n', '3:20', /regular expression/],
  ['steps:\n  - get: /\n    check: { status: 999 }\n', '3:22', /status/],
  ['steps:\n  - get: /\n    think: fast\n', '3:12', /think: /],
  [`feeders: { users: none.csv }\n${STEP}`, '1:19', /"none\.csv" cannot be read: there is no such file/],
  [`feeders: { users: empty.csv }\n${STEP}`, '1:19', /"empty\.csv" has no rows/],
  [`feeders: { users: torn.csv }\n${STEP}`, '1:19', /torn\.csv:3: it has 1 value, and the header has 2 columns/],
  [`feeders: { users: torn.jsonl }\n${STEP}`, '1:19', /torn\.jsonl:2: it is not JSON/],
  [`feeders: { users: { file: three.csv, order: unqiue } }\n${STEP}`, '1:45', /order: expected /],
  [`abort: { errors: 200% }\n${STEP}`, '1:18', /abort\.errors: expected a ratio above 0 and below 100%/],
];

function writeFeeders(cwd: string): void {
  writeFileSync(join(cwd, 'three.csv'), 'user,word\nanna,a\nben,b\ncarla,c\n');
  writeFileSync(join(cwd, 'empty.csv'), 'user,word\n');
  writeFileSync(join(cwd, 'torn.csv'), 'user,word\nanna,a\nben\n');
  writeFileSync(join(cwd, 'torn.jsonl'), '{"user":"anna"}\n{"user":\n');
}

test('every mistake has its file, line and column', { timeout: 60_000 }, () =>
  inFolder(async (cwd) => {
    writeFeeders(cwd);
    const file = (i: number) => `s${i}.yaml`;
    for (const [i, [text]] of MISTAKES.entries()) writeFileSync(join(cwd, file(i)), text);
    const ended = await loadEach(
      MISTAKES.map((_, i) => [...NOBODY, '--scenario', file(i)]),
      { cwd },
    );
    assert.equal(ended.length, MISTAKES.length);
    for (const [i, [text, place, says]] of MISTAKES.entries()) {
      const { status, stdout, stderr } = ended[i]!;
      assert.equal(status, 2, `${text}\n${stderr}`);
      assert.equal(stdout, '');
      // Further problems of the same file are lines of their own.
      assert.match(stderr, /^pitwall: [^\n]+\n( +[^\n]+\n)*hint: [^\n]+\n$/);
      assert.ok(stderr.includes(`${file(i)}:${place}`), `${text}\n${stderr}`);
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, /undefined|NaN|\[object |\.ts:\d/);
    }
    assert.deepEqual(await keptRuns(cwd), []);
  }),
);

test('feeders that are too short, and traces that do not fit', { timeout: 60_000 }, () =>
  inFolder(async (cwd) => {
    writeFeeders(cwd);
    const refused = async (args: readonly string[], says: RegExp) =>
      assertRefused(await load([...NOBODY, ...args], { cwd }), cwd, 2, says);
    const unique = 'feeders: { users: { file: three.csv, order: unique } }\nsteps: [{ get: "/{{user}}" }]\n';
    writeFileSync(join(cwd, 'unique.yaml'), unique);
    await refused(
      ['--scenario', 'unique.yaml', '--users', '5'],
      /the feeder users gives each user a row of its own, and has 3 rows for 5 users/,
    );
    await refused(
      ['--scenario', 'none.yaml'],
      /There is no scenario file at .*none\.yaml\.\nhint: Check the path: it is relative to the working folder/,
    );
    await refused(['--trace', 'none.jsonl'], /Cannot read .*none\.jsonl: there is no such file/);
    writeFileSync(join(cwd, 's.yaml'), 'steps: [{ name: look, get: / }]\n');
    const trace = (text: string, says: RegExp, ...more: readonly string[]) => {
      writeFileSync(join(cwd, 'trace.jsonl'), text);
      return refused(['--scenario', 's.yaml', '--trace', 'trace.jsonl', ...more], says);
    };
    await trace(
      '{"at":0,"flow":"buy"}\n',
      /trace\.jsonl:1: not a trace: there is nothing of the name "buy" to request/,
    );
    await trace('{"at":0}\nnonsense\n', /trace\.jsonl:2: not a trace: expected \{"at": seconds, "flow": "name"\}/);
    await trace('{"at":3}\n{"at":1}\n', /trace\.jsonl:2: not a trace: it is earlier than the line before/);
    await trace('', /not a trace: it has no arrival/);
    await trace('{"at":0}\n', /the trace is over before the warm-up is/, '--warmup', '1s');
  }),
);

describe('against a shop', { concurrency: 2, timeout: 60_000 }, () => {
  const SHORT = ['--users', '3', '--warmup', '0', '--json'];

  it('a feeder that gives each row once ends the run with its last: what was measured is kept', (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t);
      writeFeeders(cwd);
      const steps = 'steps: [{ name: search, get: "/search?q={{word}}", think: 10ms }]\n';
      writeFileSync(join(cwd, 's.yaml'), `feeders: { words: { file: three.csv, order: once } }\n${steps}`);
      const args = ['--url', shop.url, '--scenario', 's.yaml', '--duration', '30s', ...SHORT];
      const ended = await load(args, { cwd });
      assertSaid(
        ended,
        3,
        /ended early: .*feeder words.*\.\nhint: Give the feeder more rows, or an order that uses them/,
      );
      const result = await assertReported(ended, cwd);
      assert.equal(result.endedBy, 'data');
      assert.match(result.partial ?? '', /feeder words/);
      assert.equal(result.sent, 3);
      assert.equal(shop.served.get('GET /search'), 3);
      assert.ok(result.duration < 5, `${result.duration} s`);
    }));

  it('a log-in that is refused: not started, with the step and its status', (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t);
      const login = 'oncePerUser: [{ name: log in, post: /login, json: { user: anna, password: wrong } }]\n';
      writeFileSync(join(cwd, 's.yaml'), login + STEP);
      const ended = await load(['--url', shop.url, '--scenario', 's.yaml', ...SHORT], { cwd });
      const says =
        /The load was not started: 3 of 3 users could not be made ready: log in: it was answered with 403\.\n/;
      await assertRefused(ended, cwd, 3, says);
      assert.equal(shop.served.has('GET /'), false);
    }));

  it('clean-up that fails: a warning, and the result stands', (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t, { delay: 5 });
      writeFileSync(join(cwd, 's.yaml'), `${STEP}cleanUp: [{ name: tidy, delete: /nothing/7 }]\n`);
      const args = ['--url', shop.url, '--scenario', 's.yaml', '--duration', '500ms', ...SHORT];
      const ended = await load(args, { cwd });
      assert.equal(ended.status, 0, ended.stderr);
      const { warnings } = await assertReported(ended, cwd);
      const says = /^3 of 3 clean-up requests failed: what the run made may still be there\./;
      assert.ok(warnings.some((warning) => says.test(warning)));
    }));

  it('the three scenarios of this folder: nothing fails, and nothing is left behind', (t) =>
    inFolder(async (cwd) => {
      cpSync(join(import.meta.dirname, 'scenarios'), cwd, { recursive: true });
      const shop = await shopHere(t, { delay: 3 });
      for (const name of ['shop', 'api', 'search']) {
        const args = ['--url', shop.url, '--scenario', `${name}.yaml`, '--duration', '1500ms', ...SHORT];
        const ended = await load(args, { cwd });
        assert.equal(ended.status, 0, `${name}: ${ended.stderr}`);
        const result = await assertReported(ended, cwd);
        assert.equal(result.scenario, name);
        assert.deepEqual(result.errors, {}, name);
        assert.deepEqual(
          result.warnings.filter((warning) => /clean-up|failed/.test(warning)),
          [],
        );
        for (const { endpoint, sent, checks = [] } of result.steps) {
          assert.ok(sent > 0, `${name}: ${endpoint}`);
          for (const { passed, failed } of checks) assert.ok(passed > 0 && failed === 0);
        }
        assert.equal(shop.carts.size, 0, `${name} left carts`);
      }
      writeConfig(cwd, { targets: { host: {} } });
      const history = JSON.parse((await run(['history', '--json'], { cwd })).stdout) as { runs: unknown[] };
      assert.equal(history.runs.length, 3);
    }));

  it('the scenario of pitwall.yaml, with its own rules for ending early', (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t, { delay: 20, fail: { '/search': 500 } });
      cpSync(join(import.meta.dirname, 'scenarios'), cwd, { recursive: true });
      writeConfig(cwd, {
        targets: { web: { integration: 'http', url: shop.url } },
        load: { scenario: 'search.yaml', users: 2, warmup: '0s', duration: '30s' },
      });
      const ended = await load(['--json'], { cwd });
      assertSaid(ended, 1, /ended early: 100\.0 % of the requests failed over 3 s \(abort rule: 20 %\)/);
      assert.equal((await assertReported(ended, cwd)).endedBy, 'abort-rule');
    }));
});
