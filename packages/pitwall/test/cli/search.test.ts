import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { search, withService } from './search-support.ts';
import { inFolder, pitwall, pitwallEach } from './support.ts';

it('refuses what a search decides itself, and searches that cannot be', async () => {
  const cases: readonly (readonly [flags: readonly string[], says: RegExp])[] = [
    [['--rate', '5'], /--search decides the rate and its course; --rate has no place beside it/],
    [['--duration', '5s'], /--step-duration says how long a step does/],
    [['--stream', 'x.jsonl'], /--stream belongs to a single load/],
    [['--shape', 'closed'], /--shape closed: a search sends at a rate/],
    [['--search-from', '10', '--search-to', '5'], /--search-to must be at least --search-from \(10\)/],
    [['--step-duration', '1s'], /--step-duration must be from 3 s to 1 h/],
    [['--resolution', 'fine'], /--resolution fine: expected a ratio such as 5%/],
    [['--search-p99', 'quick'], /--search-p99 quick: expected a duration/],
  ];
  await inFolder(async (cwd) => {
    const ended = await pitwallEach(
      cases.map(([flags]) => ['load', '--search', '--url', 'http://127.0.0.1:1', ...flags]),
      { cwd },
    );
    for (const [i, [, says]] of cases.entries()) {
      const { status, stdout, stderr } = ended[i]!;
      assert.equal(status, 2, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, says);
    }
  });
});

it('a service that is not there is said to be so, and no rate is blamed', async () => {
  await inFolder(async (cwd) => {
    const { status, stderr } = await pitwall(['load', '--search', '--url', 'http://127.0.0.1:1'], { cwd });
    assert.equal(status, 3, stderr);
    assert.match(stderr, /No load could be sent to http:\/\/127\.0\.0\.1:1/);
  });
});

/** Both wait more than they work. */
describe('a search', { concurrency: true }, () => {
  it('when even the first rate is too much: exit 1, with every step in the report and in the store', async () => {
    await withService(['pool', '70', '100'], (url) =>
      inFolder(async (cwd) => {
        const flags = ['--search-from', '1050', '--search-p99', '300ms', '--out', 'report.html'];
        const { status, stderr, search: found, report } = await search(url, flags, { cwd });
        assert.equal(status, 1, stderr);
        assert.match(stderr, /pitwall: Even 1050 requests\/s was too much: .*\nhint: Start lower with --search-from/);
        assert.match(stderr, /^ {2}1,050\/s {2}FAIL /m);
        assert.equal(found.end, 'none');
        assert.deepEqual([found.highestPassing, found.lowestFailing], [null, 1050]);
        assert.deepEqual(
          found.steps.map(({ why, verdict }) => [why, verdict]),
          [
            ['start', 'fail'],
            ['repeat', 'fail'],
          ],
        );
        // It does 700 a second and no more, however many are asked for.
        for (const { throughput } of found.steps) assert.ok(throughput > 420 && throughput < 735, `${throughput}`);
        const history = JSON.parse((await pitwall(['history', '--url', url, '--json'], { cwd })).stdout) as {
          runs?: { id: string }[];
        };
        assert.ok(JSON.stringify(history).includes(report.run.id));
      }),
    );
  });

  it('Ctrl-C keeps what was found so far: exit 130', async () => {
    await withService(['pool', '100', '100'], (url) =>
      inFolder(async (cwd) => {
        let said = '';
        let pressed = false;
        const {
          status,
          stderr,
          search: found,
        } = await search(url, ['--search-from', '100', '--search-p99', '500ms'], {
          cwd,
          onStart: (child) =>
            child.stderr!.on('data', (chunk) => {
              said += String(chunk);
              if (pressed || said.split('PASS').length < 3) return;
              pressed = true;
              // In the middle of the third step.
              setTimeout(() => child.kill('SIGINT'), 1500);
            }),
        });
        assert.equal(status, 130, stderr);
        assert.match(stderr, /pitwall: Interrupted after \d+ steps\./);
        assert.equal(found.end, 'interrupted');
        assert.deepEqual([found.highestPassing, found.lowestFailing], [200, null]);
      }),
    );
  });
});
