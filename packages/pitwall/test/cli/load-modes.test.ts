import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Report } from '../../src/model/report.ts';
import { assertSaid, run, writeConfig } from './bad-support.ts';
import { assertRefused, isKept, keptRuns, load, shopHere, until } from './load-support.ts';
import { search, withService } from './search-support.ts';
import { inFolder } from './support.ts';

/** Nothing listens there: what is refused is refused before anybody looks. */
const NOWHERE = 'http://127.0.0.1:9';
const URL = ['--url', NOWHERE];
const DUET = ['--duet', NOWHERE, 'http://127.0.0.1:10'];

describe('what load can do besides one load', { concurrency: 2, timeout: 120_000 }, () => {
  it('checks its load, its flags and the name it is to give before anything is sent', () =>
    inFolder(async (cwd) => {
      const cases: readonly (readonly [flags: readonly string[], says: RegExp])[] = [
        [['--calibrate', ...URL, '--speed', '2'], /--speed means something only where a trace is replayed/],
        [['--calibrate', ...URL, '--workers', '99'], /workers must be a whole number from 1 to 64/],
        [['--calibrate', ...URL, '--save-baseline', 'v1'], /A calibration needs no name: comparisons find the newest/],
        [['--calibrate', ...URL, '--stream', 'x.jsonl'], /--stream belongs to a single load: .* beside --calibrate\./],
        [['--calibrate', ...URL, '--preset', 'per-endpoint'], /no blocks for --calibrate to compare/],
        [['--calibrate', ...URL, '--runs', '0'], /--runs 0: expected a whole number of runs, at least 5\./],
        [[...DUET, '--users', '1'], /half of the users to each service, so it needs at least 2\./],
        [[...DUET, '--workers', '99'], /workers must be a whole number from 1 to 64/],
        [[...DUET, '--speed', '2'], /--speed means something only where a trace is replayed/],
        [[...DUET, '--preset', 'light'], /this load counts its requests; give a duration\./],
        [[...DUET, '--iterations', '9'], /--iterations belongs to a single load: .* beside --duet\./],
        [['--search', ...URL, '--iterations', '9'], /--iterations has no place beside it\./],
        [
          ['--agents', '2', ...URL, '--store', 'postgres://127.0.0.1:9/none', '--preset', 'per-endpoint'],
          /one endpoint after the other, and --agents shares one load out/,
        ],
        [[...DUET, '--preset', 'per-endpoint'], /no blocks for --duet to compare/],
        [[...DUET, '--save-baseline', 'v1'], /--save-baseline belongs to a single load: .* beside --duet\./],
        [
          ['--duet', 'shop:8080', 'shop:8081'],
          /shop:8080 is not an http or https URL: did you mean http:\/\/shop:8080\?/,
        ],
        [['--search', ...URL, '--save-baseline', 'latest'], /"latest" cannot be the name of a baseline\./],
        [['--search', ...URL, '--search-errors', '5'], /--search-errors 5: expected a ratio from 0 to below 1/],
        [['--search', ...URL, '--search-from', 'x'], /--search-from x: expected a rate above 0 in requests per second/],
        [['--agents', '2', ...URL], /^pitwall: --agents needs the store: --store postgres:/],
        [['--agents', '0', ...URL], /--agents 0: expected a whole number of agents, at least 1\./],
        [[NOWHERE], /does not take http:\/\/127\.0\.0\.1:9; name a service with --url URL\./],
        [[NOWHERE, NOWHERE], /two services are loaded at once with --duet\./],
        [[...URL, '--duration', '5'], /--duration 5: expected a duration above 0 such as 5s\./],
        [[...URL, '--preset', 'lihgt'], /There is no preset lihgt: did you mean light\?$/m],
      ];
      for (const [flags, says] of cases) {
        // Not `load`: what it adds does nothing beside a search.
        await assertRefused(await run(['load', '--quiet', ...flags], { cwd }), cwd, 2, says);
      }
    }));

  it('a hint names the command that was run', () =>
    inFolder(async (cwd) => {
      for (const command of ['load', 'check']) {
        const wrong = await run([command, '--url', 'nonsense'], { cwd });
        assertSaid(
          wrong,
          2,
          new RegExp(`^pitwall: --url: .*"nonsense"\\.\\nhint: See \`pitwall ${command} --help\`\\.`),
        );
        const none = await run([command], { cwd });
        assertSaid(none, 2, new RegExp(`or do without: \`pitwall ${command} --url URL\`\\.`));
      }
      writeFileSync(join(cwd, 's.yaml'), 'steps: [{ gte: / }]\n');
      const scenario =
        /s\.yaml:1:11: steps\[0\]\.gte: .*\nhint: docs\/LOAD\.md describes scenarios; `pitwall schema scenario`/;
      assertSaid(await load([...URL, '--scenario', 's.yaml'], { cwd }), 2, scenario);
      const targets = { web: { integration: 'http', url: NOWHERE } };
      for (const written of ['s.yaml', { steps: [{ gte: '/' }] }]) {
        writeConfig(cwd, { targets, load: { scenario: written } });
        assertSaid(await load([], { cwd }), 2, /steps\[0\]\.gte: .*\nhint: docs\/LOAD\.md describes scenarios;/);
      }
      writeConfig(cwd, { targets, load: { usres: 5 } });
      assertSaid(await load([], { cwd }), 2, /load\.usres: .*\nhint: docs\/CONTRACTS\.md describes the file;/);
    }));

  it('check refuses a name that no baseline can have before it measures, and gives none to half a run', (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t);
      const bad = await run(['check', '--quiet', '--url', shop.url, '--save-baseline', 'latest'], { cwd });
      assertSaid(bad, 2, /"latest" cannot be the name of a baseline\./);
      assert.deepEqual([...shop.served], [], 'nothing was asked');
      const again = ['check', '--from-observation', 'o.json', '--save-baseline', 'v1'];
      assertSaid(await run(again, { cwd }), 2, /--save-baseline does nothing beside --from-observation/);
      const gone = await run(['check', '--url', NOWHERE, '--window', '200ms', '--save-baseline', 'v1'], { cwd });
      assert.equal(gone.status, 3, gone.stderr);
      assert.match(
        gone.stderr,
        /This run is not called v1: only one that measured all its targets can be a baseline\./,
      );
      assert.deepEqual([(await keptRuns(cwd)).length, await isKept(cwd, 'v1')], [1, false]);
      // What was saved without a configuration is found again without one.
      const history = await run(['history'], { cwd });
      assert.deepEqual([history.status, history.stderr], [0, '']);
      assert.match(history.stdout, /\nRuns\n {2}\S+ {2}check /);
      assert.equal((await run(['report'], { cwd })).status, 0);
    }));

  it('Ctrl-C in a calibration keeps the runs made so far when they are enough; exit 130', (t) =>
    inFolder(async (cwd) => {
      const shop = await shopHere(t, { delay: 5 });
      const args = ['load', '--calibrate', '--runs', '9', '--url', shop.url, '--users', '2', '--json'];
      const interruptedAfter = (runs: number) => {
        let connections = 0;
        return run([...args, '--duration', '500ms', '--warmup', '0'], {
          cwd,
          onStart: (child) => {
            // Three a run: one that looks whether the service is there, and one for each user.
            const counted = () => {
              connections++;
            };
            shop.server.on('connection', counted);
            void until(() => connections >= 3 * runs + 2, 60).then(() => child.kill('SIGINT'));
            void once(child, 'exit').then(() => shop.server.off('connection', counted));
          },
        });
      };
      const kept = await interruptedAfter(6);
      assert.equal(kept.status, 130, kept.stderr);
      assert.match(
        kept.stderr,
        /\npitwall: Interrupted after [5-8] of 9 runs\.\nhint: The calibration from those runs/,
      );
      const report = JSON.parse(kept.stdout) as Report;
      const { runs, leftOut } = report.calibration!;
      assert.ok(runs.length >= 5 && runs.length + leftOut < 9, `${runs.length} + ${leftOut}`);
      assert.deepEqual(await keptRuns(cwd), [report.run.id]);
      const early = await interruptedAfter(1);
      assert.equal(early.status, 130, early.stderr);
      assert.equal(early.stdout, '');
      assert.match(early.stderr, /\npitwall: Interrupted after [0-3] of 9 runs, .* at least 5, so nothing is kept\.\n/);
      assert.deepEqual(await keptRuns(cwd), [report.run.id]);
    }));

  it('a search records what its load cost, and gives no name to one that came to no end', () =>
    withService(['pool', '100', '100'], (url) =>
      inFolder(async (cwd) => {
        const onStart = (child: import('node:child_process').ChildProcess) => {
          let said = '';
          child.stderr!.on('data', (chunk) => {
            const before = said.includes('PASS');
            said += String(chunk);
            if (!before && said.includes('PASS')) setTimeout(() => child.kill('SIGINT'), 1000);
          });
        };
        const flags = ['--search-from', '50', '--save-baseline', 'v1'];
        const { status, stderr, report } = await search(url, flags, { cwd, onStart });
        assert.equal(status, 130, stderr);
        assert.match(stderr, /This run is not called v1: only one that came to its end can be a baseline\./);
        assert.deepEqual([await isKept(cwd, report.run.id), await isKept(cwd, 'v1')], [true, false]);
        const costs = report.ledger!.rows.filter(({ target }) => target === 'process').map(({ name }) => name);
        assert.ok(costs.includes('process.cpu.time'), String(costs));
        assert.ok(report.series!.length > 0, 'what was used up, second by second');
      }),
    ));
});
