import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { listen } from '../../src/load/testing.ts';
import { assertSaid, run } from './bad-support.ts';
import { assertReported, keptRuns, shopHere, streamed, until } from './load-support.ts';
import { type Ended, inFolder } from './support.ts';

/** Ctrl-C at chosen moments of a load: what was measured is kept, what was not is not, and the exit code is 130. */

interface Interrupted extends Ended {
  /** Seconds from the first signal to the end. */
  readonly took: number;
}

/** Runs a load and sends it signals once `moment` has come: each after so many ms. As a terminal does it: to the whole group. */
async function interrupted(
  cwd: string,
  args: readonly string[],
  moment: () => Promise<unknown>,
  signals: readonly (readonly [name: NodeJS.Signals, after: number])[] = [['SIGINT', 0]],
): Promise<Interrupted> {
  let group = 0;
  let over = false;
  const ending = run(['load', '--quiet', ...args], {
    cwd,
    detached: true,
    onStart: (child) => {
      group = child.pid!;
    },
  }).finally(() => {
    over = true;
  });
  await Promise.race([
    moment(),
    ending.then(({ stderr }) => assert.fail(`it ended before the moment came: ${stderr}`)),
  ]);
  const from = performance.now();
  for (const [name, after] of signals) {
    await setTimeout(after);
    if (!over) process.kill(-group, name);
  }
  return { ...(await ending), took: (performance.now() - from) / 1000 };
}

const SCENARIO = `
oncePerUser: [{ name: log in, post: /login, json: { user: anna, password: open sesame }, extract: { token: $.token } }]
headers: { Authorization: "Bearer {{token}}" }
steps: [{ name: make, post: /carts, json: {}, extract: { cart: $.id } }]
cleanUp: [{ name: empty, delete: "/carts/{{cart}}" }]
`;
const EARLY = /^pitwall: Interrupted before the load began, so nothing was measured and nothing is kept\.\nhint: What/;
const FAST = ['--no-self-test', '--users', '2', '--json'];

describe('Ctrl-C', { concurrency: 2, timeout: 120_000 }, () => {
  it('while the service is looked for: at once', (t) =>
    inFolder(async (cwd) => {
      // It takes the connection and says nothing: the TLS handshake never comes to an end.
      let taken = 0;
      const port = await listen(
        t,
        createServer(() => taken++),
      );
      const args = ['--url', `https://127.0.0.1:${port}`, ...FAST];
      const ended = await interrupted(cwd, args, () => until(() => taken > 0));
      assertSaid(ended, 130, EARLY);
      assert.equal(ended.stdout, '');
      assert.deepEqual(await keptRuns(cwd), []);
    }));

  it('while this machine tries itself out', (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t);
      let taken = 0;
      shop.server.on('connection', () => taken++);
      const ended = await interrupted(cwd, ['--url', shop.url, '--users', '2', '--json'], () => until(() => taken > 0));
      assertSaid(ended, 130, EARLY);
      assert.deepEqual([...shop.served], [], 'nothing was requested yet');
    }));

  it('while users are made ready', (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t, { delay: 10_000 });
      writeScenario(cwd);
      const ended = await interrupted(cwd, ['--url', shop.url, '--scenario', 's.yaml', ...FAST], () =>
        until(() => shop.served.has('POST /login')),
      );
      assertSaid(ended, 130, EARLY);
      assert.equal(ended.stdout, '');
      assert.ok(ended.took < 9, `${ended.took} s: it did not wait for the answer`);
      assert.deepEqual(await keptRuns(cwd), []);
    }));

  it('in the warm-up: nothing to keep, but users clean up', (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t, { delay: 10 });
      writeScenario(cwd);
      const args = ['--url', shop.url, '--scenario', 's.yaml', '--warmup', '30s', '--duration', '30s', ...FAST];
      const ended = await interrupted(cwd, args, () => until(() => (shop.served.get('POST /carts') ?? 0) > 4));
      assertSaid(ended, 130, /^pitwall: Interrupted in the warm-up, so nothing was measured and nothing is kept\./);
      assert.equal(ended.stdout, '');
      assert.ok(ended.took < 25, `${ended.took} s`);
      assert.deepEqual(await keptRuns(cwd), []);
      assert.equal(shop.served.get('DELETE /carts/:id'), 2);
    }));

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`in the measured part (${signal}): the partial result is shown, written and kept`, (t) =>
      inFolder(async (cwd) => {
        const shop = await shopHere(t, { delay: 20 });
        const stream = join(cwd, 'ticks.jsonl');
        const out = join(cwd, 'made/by/the/way/report.json');
        const args = [
          '--url',
          shop.url,
          '--warmup',
          '0',
          '--duration',
          '60s',
          '--stream',
          stream,
          '--out',
          out,
          ...FAST,
        ];
        const ended = await interrupted(cwd, args, () => until(() => streamed(stream, 'tick').length >= 2), [
          [signal, 0],
        ]);
        assertSaid(
          ended,
          130,
          /^pitwall: Interrupted after \d+\.\d of 60 s\.\nhint: What was measured until then is in/,
        );
        assert.ok(ended.took < 30, `${ended.took} s`);
        const result = await assertReported(ended, cwd);
        assert.equal(result.endedBy, 'interrupt');
        assert.equal(result.partial, 'Interrupted');
        assert.ok(result.duration >= 2 && result.duration < 40, `${result.duration} s`);
        assert.ok(result.ok > 0);
        assert.deepEqual(JSON.parse(readFileSync(out, 'utf8')), JSON.parse(ended.stdout));
        const again = await run(['report', 'latest', '--json'], { cwd: configured(cwd) });
        assert.deepEqual(JSON.parse(again.stdout), JSON.parse(ended.stdout));
        assert.equal(streamed(stream, 'end')[0]?.endedBy, 'interrupt');
      }));
  }

  it('passed on twice by what started us, as npm does it, counts once', (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t, { delay: 300 });
      const stream = join(cwd, 'ticks.jsonl');
      const args = ['--url', shop.url, '--warmup', '0', '--duration', '60s', '--stream', stream, ...FAST];
      const ended = await interrupted(cwd, args, () => until(() => streamed(stream, 'tick').length >= 1), [
        ['SIGINT', 0],
        ['SIGINT', 5],
      ]);
      assertSaid(ended, 130, /^pitwall: Interrupted after /);
      assert.ok((await assertReported(ended, cwd)).ok > 0);
    }));

  it('twice: it ends at once, and nothing is kept', (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t, { delay: 50 });
      const stream = join(cwd, 'ticks.jsonl');
      const args = ['--url', shop.url, '--warmup', '0', '--duration', '60s', '--stream', stream, ...FAST];
      const moment = async () => {
        await until(() => streamed(stream, 'tick').length >= 1);
        // From here on answers never come, and are waited for when it ends.
        shop.mood.silent = true;
        await setTimeout(200);
      };
      const ended = await interrupted(cwd, args, moment, [
        ['SIGINT', 0],
        ['SIGTERM', 500],
      ]);
      assertSaid(
        ended,
        130,
        /^pitwall: Interrupted a second time: the load was ended at once, and nothing of it is kept\./,
      );
      assert.equal(ended.stdout, '');
      assert.deepEqual(await keptRuns(cwd), []);
    }));

  it('while the last answers are waited for: the measured part is whole', (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t, { delay: 1900 });
      const args = ['--url', shop.url, '--warmup', '0', '--duration', '500ms', ...FAST];
      const ended = await interrupted(cwd, args, async () => {
        await until(() => shop.served.has('GET /'));
        // Between the end and the answers.
        await setTimeout(1100);
      });
      assertSaid(
        ended,
        130,
        /^pitwall: Interrupted after the measured part\.\nhint: All of it is in the report and in the/,
      );
      const result = await assertReported(ended, cwd);
      assert.deepEqual([result.endedBy, result.partial, result.duration, result.ok], ['plan', null, 0.5, 2]);
    }));

  it('while users clean up: the measured part is whole, and they go on', (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t, { delay: 150 });
      writeScenario(cwd);
      const args = ['--url', shop.url, '--scenario', 's.yaml', '--warmup', '0', '--duration', '1s', ...FAST];
      const ended = await interrupted(cwd, args, () => until(() => shop.served.has('DELETE /carts/:id')));
      assertSaid(ended, 130, /^pitwall: Interrupted after the measured part\./);
      const result = await assertReported(ended, cwd);
      assert.equal(result.endedBy, 'plan');
      assert.equal(shop.served.get('DELETE /carts/:id'), 2);
      assert.ok(!result.warnings.some((warning) => /clean-up/.test(warning)));
    }));

  it('while the report is written: all of it is written', (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t);
      const files = ['a.html', 'b.json', 'c.csv'].map((name) => join(cwd, name));
      const args = [
        '--url',
        shop.url,
        '--warmup',
        '0',
        '--duration',
        '500ms',
        ...files.flatMap((file) => ['--out', file]),
      ];
      const ended = await interrupted(cwd, [...args, ...FAST], () => until(() => existsSync(files[0]!)));
      // It may have been over before the signal was heard: then it is as if there had been none, or, when all was written and
      // nobody listened any more, the system ended the process (null).
      // On a busy machine half a second of load need not be valid (3): that is written just the same.
      const isSpoiled = ended.status === 3 && /The load is not valid/.test(ended.stderr);
      assert.ok(isSpoiled || [130, 0, null].includes(ended.status), `${ended.status}: ${ended.stderr}`);
      await assertReported(ended, cwd);
      assert.deepEqual(JSON.parse(readFileSync(files[1]!, 'utf8')), JSON.parse(ended.stdout));
      assert.match(readFileSync(files[0]!, 'utf8').trimEnd(), /<\/html>$/);
    }));
});

function writeScenario(cwd: string): void {
  writeFileSync(join(cwd, 's.yaml'), SCENARIO);
}

/** The same folder with a configuration, for commands that want one. */
function configured(cwd: string): string {
  writeFileSync(join(cwd, 'pitwall.yaml'), 'version: 1\nservice: { name: shop }\ntargets: { host: {} }\n');
  return cwd;
}
