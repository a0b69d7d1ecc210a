import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { type Searched, search, withService } from './search-support.ts';
import { inFolder } from './support.ts';

/**
 * Searches against services whose capacity is known. Minutes, so not in every run of the tests. A machine that is busy with other
 * things makes the generator the limit, and the search then says so: that is its right answer, and no capacity to look at.
 */
const tooBusy = ({ status, search: found }: Searched) => status === 3 && found?.end === 'generator';
const TOO_BUSY = 'this machine is too busy for the generator';

it('a pool of 200 that sleep 200 ms does 1,000 a second, and it is no resource that holds it back', {
  timeout: 300_000,
}, async (t) => {
  await withService(['pool', '200', '200'], (url) =>
    inFolder(async (cwd) => {
      const flags = ['--search-from', '300', '--resolution', '10%', '--search-p99', '400ms', '--out', 'r.html'];
      const searched = await search(url, flags, { cwd });
      if (tooBusy(searched)) return t.skip(TOO_BUSY);
      const { status, stderr, search: found, report } = searched;
      assert.equal(status, 0, stderr);
      assert.equal(found.end, 'found');
      const [low, high] = [found.highestPassing!, found.lowestFailing!];
      assert.ok(high / low <= 1.1 + 1e-9, `${low} to ${high}`);
      // A machine that is busy with other things may cost some of it; more than it can do is never found.
      assert.ok(low <= 1030 && high >= 800, `${low} to ${high}`);
      if (found.limit.resource === 'host-cpu') {
        // Others had the cores: that is what it has to say then, and that it was not the service.
        assert.match(found.limit.text, /the service itself used [0-9.]+ % of them/);
        return t.skip(TOO_BUSY);
      }
      assert.equal(found.limit.kind, 'waiting', found.limit.text);
      assert.match(found.limit.text, /a lock, a pool or a queue/);
      assert.ok(found.broke.length > 0);
      // The report shows the load at the highest rate that passed.
      assert.equal(report.load!.rate, low);
      const html = readFileSync(join(cwd, 'r.html'), 'utf8');
      assert.match(html, /aria-labelledby="search-rate-title/);
      for (const { verdict, rate } of found.steps) {
        if (verdict === 'fail') assert.ok(rate > 700, `${rate} failed`);
      }
    }),
  );
});

it('one thread that works 8 ms for each does 125 a second, and it is the CPU', { timeout: 300_000 }, async (t) => {
  await withService(['cpu', '8'], (url) =>
    inFolder(async (cwd) => {
      const flags = ['--search-from', '20', '--resolution', '10%', '--search-p99', '500ms'];
      const searched = await search(url, flags, { cwd });
      if (tooBusy(searched)) return t.skip(TOO_BUSY);
      const { status, stderr, search: found } = searched;
      assert.equal(status, 0, stderr);
      const [low, high] = [found.highestPassing!, found.lowestFailing ?? Number.NaN];
      assert.ok(low <= 131, `${low} to ${high}`);
      // What else runs here takes from its one core, so that the lower side says little of the rate; the CPU that a request needs,
      // below, does not depend on it.
      assert.ok(high >= 30, `${low} to ${high}`);
      assert.equal(found.limit.kind, 'resource', found.limit.text);
      assert.ok(['service-cpu', 'host-cpu'].includes(found.limit.resource!), found.limit.text);
      const own = found.demands.find(({ resource }) => resource === 'service-cpu')!;
      assert.ok(own.bound > 80 && own.bound < 140, `${own.bound}`);
    }),
  );
});

it('the highest rate that was asked for may be all there is to find', { timeout: 120_000 }, async () => {
  await withService(['pool', '500', '100'], (url) =>
    inFolder(async (cwd) => {
      const flags = ['--search-from', '500', '--search-to', '800', '--search-p99', '400ms'];
      const { status, stderr, search: found } = await search(url, flags, { cwd });
      assert.equal(status, 0, stderr);
      assert.equal(found.end, 'top', found.steps.at(-1)!.because);
      assert.deepEqual([found.highestPassing, found.lowestFailing], [800, null]);
    }),
  );
});
