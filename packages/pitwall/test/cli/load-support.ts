import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { listen } from '../../src/load/testing.ts';
import type { LoadResult } from '../../src/model/load.ts';
import type { Report } from '../../src/model/report.ts';
import { reportSchema } from '../../src/report/schema.ts';
import { openStore } from '../../src/store/sqlite.ts';
import { createShop, type Mood, type Shop } from '../support/shop-server.ts';
import { assertSaid, run } from './bad-support.ts';
import { type CliOptions, type Ended, pitwallEach } from './support.ts';

/** What the tests of `pitwall load` share: a shop to load, and what holds of every end of a load. */

/** Runs `pitwall load` without progress and without the second that the self-test takes. */
export function load(args: readonly string[], options: CliOptions): Promise<Ended> {
  return run(['load', '--quiet', '--no-self-test', ...args], options);
}

/** As `load`, for lines that are refused before anything begins: all in one process. */
export function loadEach(lines: readonly (readonly string[])[], options: CliOptions): Promise<readonly Ended[]> {
  return pitwallEach(
    lines.map((args) => ['load', '--quiet', '--no-self-test', ...args]),
    options,
  );
}

export async function shopHere(t: TestContext, mood: Mood = {}): Promise<Shop & { readonly url: string }> {
  const shop = createShop(mood);
  return { ...shop, url: `http://127.0.0.1:${await listen(t, shop.server)}` };
}

/** Refused before anything was measured: one sentence, nothing on stdout, nothing kept. */
export async function assertRefused(ended: Ended, cwd: string, status: number, says: RegExp): Promise<void> {
  assertSaid(ended, status, says);
  assert.equal(ended.stdout, '');
  assert.deepEqual(await keptRuns(cwd), []);
}

/**
 * The report that `--json` printed: whole, by its schema, and the same one that was kept. Its sentences are for people.
 */
export async function assertReported(ended: Ended, cwd: string): Promise<LoadResult> {
  assert.notEqual(ended.stdout, '', ended.stderr);
  assert.doesNotMatch(ended.stdout, /\bNaN\b|\bundefined\b|\[object /);
  const report = reportSchema.parse(JSON.parse(ended.stdout)) as Report;
  assert.deepEqual((await keptRuns(cwd)).slice(0, 1), [report.run.id]);
  const stored = await inStore(cwd, (store) => store.loadReport('latest'));
  assert.deepEqual(JSON.parse(JSON.stringify(stored)), JSON.parse(ended.stdout));
  assert.ok(report.load);
  for (const text of [...report.load.warnings, ...report.load.invalidBecause]) {
    assert.match(text, /^\S.*[.!]$/, text);
    assert.doesNotMatch(text, /undefined|NaN|\[object |[\u0000-\u001f]/);
  }
  const { sent, ok, errors, planned } = report.load;
  assert.equal(sent, ok + Object.values(errors).reduce((sum, times) => sum + times, 0));
  assert.ok(sent <= planned);
  return report.load;
}

/** Ids of the runs in the store, newest first. */
export async function keptRuns(cwd: string): Promise<readonly string[]> {
  if (!existsSync(join(cwd, '.pitwall', 'store.db'))) return [];
  return inStore(cwd, async (store) => (await store.listRuns()).map(({ id }) => id));
}

/** Whether the store has a run of this id or baseline name. */
export function isKept(cwd: string, reference: string): Promise<boolean> {
  return inStore(cwd, async (store) => (await store.loadReport(reference)) !== null);
}

async function inStore<T>(cwd: string, work: (store: Awaited<ReturnType<typeof openStore>>) => Promise<T>): Promise<T> {
  const store = await openStore(join(cwd, '.pitwall'));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Waits until it holds, looking every 5 ms. */
export async function until(holds: () => boolean, seconds = 20): Promise<void> {
  const limit = performance.now() + seconds * 1000;
  while (!holds()) {
    assert.ok(performance.now() < limit, 'it never came to that');
    await setTimeout(5);
  }
}

/** Lines of a `--stream` file of a kind, so far. */
export function streamed(file: string, type: string): Record<string, unknown>[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line.type === type);
}
