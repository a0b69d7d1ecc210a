import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { PitwallError } from '../errors.ts';
import type { Store } from '../model/store.ts';
import { Histogram } from '../stats/histogram.ts';
import { journalEntry, observation, report } from './testing.ts';

export interface StoreUnderTest {
  /** Empty when opened first. */
  readonly store: Store;
  /** Closes it and opens the same again. */
  reopen(): Promise<Store>;
}

/** What every store must do. `open` gives a new empty store each time and cleans up after the test. */
export function storeConformance(name: string, open: (t: TestContext) => Promise<StoreUnderTest>): void {
  const fails = (code: string) => (error: unknown) => error instanceof PitwallError && error.code === code;

  describe(`${name}: runs`, () => {
    it('gives back the report that was saved, also after reopening', async (t) => {
      const { store, reopen } = await open(t);
      await store.saveRun(report('run-1'), [observation([])]);
      assert.deepEqual(await store.loadReport('run-1'), report('run-1'));
      assert.deepEqual(await (await reopen()).loadReport('run-1'), report('run-1'));
    });

    it('is empty at first: no runs, no latest, no samples', async (t) => {
      const { store } = await open(t);
      assert.deepEqual(await store.listRuns(), []);
      assert.equal(await store.loadReport('latest'), null);
      assert.equal(await store.loadReport(''), null);
      assert.deepEqual(await store.samples({ target: 'db', name: 'x' }), []);
    });

    it('lists newest first, by command, limited', async (t) => {
      const { store } = await open(t);
      await store.saveRun(report('b', 2), []);
      await store.saveRun(report('c', 3, 'load'), []);
      await store.saveRun(report('a', 1), []);
      const ids = async (filter?: Parameters<Store['listRuns']>[0]) =>
        (await store.listRuns(filter)).map(({ id }) => id);
      assert.deepEqual(await ids(), ['c', 'b', 'a']);
      assert.deepEqual(await ids({ command: 'check' }), ['b', 'a']);
      assert.deepEqual(await ids({ limit: 1 }), ['c']);
      assert.deepEqual((await store.listRuns({ limit: 1 }))[0], {
        id: 'c',
        command: 'load',
        service: 'vending',
        startedAt: '2026-01-02T03:03:00.000Z',
        finishedAt: '2026-01-02T03:03:00.000Z',
        baseline: null,
      });
    });

    it('finds a report by id, unique prefix, baseline name and latest', async (t) => {
      const { store } = await open(t);
      await store.saveRun(report('20260102-aa', 1), []);
      await store.saveRun(report('20260102-ab', 2), []);
      const find = async (reference: string) => (await store.loadReport(reference))?.run.id ?? null;
      assert.equal(await find('latest'), '20260102-ab');
      assert.equal(await find('20260102-aa'), '20260102-aa');
      assert.equal(await find('20260102-aab'), null);
      assert.equal(await find('%'), null);
      await assert.rejects(find('20260102-a'), (error) => {
        assert.ok(fails('STORE_AMBIGUOUS')(error));
        assert.match((error as Error).message, /20260102-ab, 20260102-aa/);
        return true;
      });
      await store.nameBaseline('20260102-aa', 'release 1.2');
      assert.equal(await find('release 1.2'), '20260102-aa');
      assert.equal((await store.listRuns())[1]?.baseline, 'release 1.2');
    });

    it('prefers the whole id to a prefix', async (t) => {
      const { store } = await open(t);
      await store.saveRun(report('run-1', 1), []);
      await store.saveRun(report('run-10', 2), []);
      assert.equal((await store.loadReport('run-1'))?.run.id, 'run-1');
    });

    it('moves a baseline name to the run that got it last', async (t) => {
      const { store } = await open(t);
      await store.saveRun(report('a', 1), []);
      await store.saveRun(report('b', 2), []);
      await store.nameBaseline('a', 'main');
      await store.nameBaseline('b', 'main');
      assert.deepEqual(
        (await store.listRuns()).map(({ id, baseline }) => [id, baseline]),
        [
          ['b', 'main'],
          ['a', null],
        ],
      );
    });

    it('refuses names that cannot be found again, and runs that are not there', async (t) => {
      const { store } = await open(t);
      await store.saveRun(report('a'), []);
      for (const bad of ['', 'latest', 'a\nb', 'x'.repeat(101)]) {
        await assert.rejects(store.nameBaseline('a', bad), fails('BASELINE_NAME'));
      }
      await assert.rejects(store.nameBaseline('z', 'main'), fails('STORE_MISSING'));
    });

    it('refuses a run twice and keeps the first one, whole', async (t) => {
      const { store } = await open(t);
      const sample = { name: 'm', labels: {}, at: 60, value: 1 };
      await store.saveRun(report('a', 1), [observation([sample])]);
      await assert.rejects(store.saveRun(report('a', 2), [observation([sample])]), fails('STORE_EXISTS'));
      assert.deepEqual(await store.loadReport('a'), report('a', 1));
      assert.equal((await store.samples({ target: 'db', name: 'm' })).length, 1);
    });
  });

  describe(`${name}: samples`, () => {
    it('rolls up to one bucket a minute, and the histogram merges to that of all', async (t) => {
      const { store } = await open(t);
      const [first, second, all] = [new Histogram(), new Histogram(), new Histogram()];
      for (let i = 1; i <= 1000; i++) {
        (i % 2 ? first : second).record(i * 1000);
        all.record(i * 1000);
      }
      const at = (seconds: number, histogram: Histogram) => ({
        name: 'q',
        labels: { b: '2', a: '1' },
        at: seconds,
        value: histogram.toDistribution(),
      });
      await store.saveRun(report('a'), [
        observation([at(120, first)]),
        observation([at(179.9, second), at(180, first)]),
      ]);
      const [minute, next, ...rest] = await store.samples({ target: 'db', name: 'q' });
      assert.deepEqual(rest, []);
      assert.deepEqual(minute?.labels, { a: '1', b: '2' });
      assert.equal(minute?.start, 120);
      assert.equal(minute?.count, 1000);
      assert.equal(minute?.min, 1e-6);
      assert.equal(minute?.max, 1e-3);
      assert.ok(Math.abs(minute.sum - 0.5005) < 1e-12);
      assert.deepEqual(minute.histogram, all.snapshot().buckets);
      assert.equal(next?.start, 180);
      assert.equal(next?.count, 500);
    });

    it('keeps runs, targets, names and labels apart, oldest first, since a time', async (t) => {
      const { store } = await open(t);
      const sample = (at: number, value: number, disk = 'a') => ({ name: 'm', labels: { disk }, at, value });
      await store.saveRun(report('a', 1), [observation([sample(600, 3), sample(60, 1), sample(60, 2, 'b')])]);
      await store.saveRun(report('b', 2), [observation([sample(60, 4), { ...sample(60, 9), name: 'other' }])]);
      const sums = async (since?: number) =>
        (await store.samples({ target: 'db', name: 'm', ...(since === undefined ? {} : { since }) })).map((b) => b.sum);
      assert.deepEqual((await sums()).slice(0, 2).sort(), [1, 2]);
      assert.deepEqual((await sums()).slice(2), [4, 3]);
      assert.deepEqual(await sums(61), [3]);
      assert.deepEqual(await store.samples({ target: 'web', name: 'm' }), []);
    });
  });

  describe(`${name}: recommendations`, () => {
    it('remembers the last status', async (t) => {
      const { store, reopen } = await open(t);
      assert.equal(await store.recommendationStatus('r1'), null);
      await store.setRecommendationStatus('r1', 'applied', 'plan p1');
      await store.setRecommendationStatus('r1', 'kept', 'it helped');
      assert.equal(await (await reopen()).recommendationStatus('r1'), 'kept');
    });

    it('keeps what a later run goes on from, the last one under each name', async (t) => {
      const { store, reopen } = await open(t);
      assert.equal(await store.kept('workload db'), null);
      await store.keep('workload db', { calls: [1, 'é', null] });
      await store.keep('workload other', 7);
      await store.keep('workload db', { calls: [2] });
      const again = await reopen();
      assert.deepEqual([await again.kept('workload db'), await again.kept('workload other')], [{ calls: [2] }, 7]);
    });
  });

  describe(`${name}: journal`, () => {
    it('gives back the entry that was added, also after reopening', async (t) => {
      const { store, reopen } = await open(t);
      const entry = journalEntry('p1-c1', {
        because: 'planned',
        written: { sql: 'x\u0000y' },
        original: [1.5, null, 'é'],
      });
      await store.journal.add(entry);
      assert.deepEqual(await store.journal.get('p1-c1'), entry);
      assert.deepEqual(await (await reopen()).journal.get('p1-c1'), entry);
      assert.equal(await store.journal.get('p1-c2').catch(() => null), null);
    });

    it('updates what the patch names and nothing else', async (t) => {
      const { store } = await open(t);
      await store.journal.add(journalEntry('c1', { because: 'planned' }));
      await store.journal.update('c1', {
        state: 'written',
        written: { now: 1 },
        updatedAt: '2026-01-02T03:05:00.000Z',
      });
      const written = journalEntry('c1', {
        because: 'planned',
        state: 'written',
        written: { now: 1 },
        updatedAt: '2026-01-02T03:05:00.000Z',
      });
      assert.deepEqual(await store.journal.get('c1'), written);
      await store.journal.update('c1', { state: 'kept', because: 'it helped', updatedAt: '2026-01-02T03:06:00.000Z' });
      assert.deepEqual(await store.journal.get('c1'), {
        ...written,
        state: 'kept',
        because: 'it helped',
        updatedAt: '2026-01-02T03:06:00.000Z',
      });
    });

    it('lists newest first, and apart what is unfinished', async (t) => {
      const { store } = await open(t);
      const states = ['intent', 'written', 'kept', 'undoing', 'rolled-back', 'failed', 'conflict'] as const;
      for (const state of states) await store.journal.add(journalEntry(state, { state }));
      assert.deepEqual(
        (await store.journal.list()).map(({ id }) => id),
        states.toReversed(),
      );
      assert.deepEqual(
        (await store.journal.unfinished()).map(({ id }) => id),
        ['undoing', 'written', 'intent'],
      );
    });

    it('refuses an id twice and an update of nothing', async (t) => {
      const { store } = await open(t);
      await store.journal.add(journalEntry('c1'));
      await assert.rejects(store.journal.add(journalEntry('c1', { state: 'kept' })), fails('STORE_EXISTS'));
      assert.equal((await store.journal.get('c1'))?.state, 'intent');
      const patch = { state: 'kept', updatedAt: '2026-01-02T03:05:00.000Z' } as const;
      await assert.rejects(store.journal.update('c2', patch), fails('STORE_MISSING'));
    });
  });

  it(`${name}: closes twice without complaint`, async (t) => {
    const { store } = await open(t);
    await store.close();
    await store.close();
  });
}
