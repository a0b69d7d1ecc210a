import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SHOP } from '../../src/integrations/sqlite/testing.ts';
import type { Plan } from '../../src/model/change.ts';
import type { Report } from '../../src/model/report.ts';
import { type CliOptions, type Ended, pitwall } from './support.ts';

/** What the tests of bad input share: the command line, and the promises that hold whatever it is given. */

/** Runs the command line and shows that no process of it is left. */
export async function run(args: readonly string[], options: CliOptions): Promise<Ended> {
  const mark = `PITWALL_TEST_RUN=${randomUUID()}`;
  const [name, value] = mark.split('=') as [string, string];
  const ended = await pitwall(args, { ...options, env: { ...options.env, [name]: value } });
  assert.deepEqual(processesWith(mark), [], 'a process was left behind');
  return ended;
}

/** Pids. Children inherit the environment: whatever the run started carries its mark. */
export function processesWith(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark);
    } catch {
      return false;
    }
  });
}

/** The run ended with this exit code, and said why in one sentence with a hint, and nothing else. */
export function assertSaid({ status, stderr }: Ended, expected: number, says: RegExp): void {
  assert.equal(status, expected, stderr);
  assert.match(stderr, /^pitwall: [^\n]+\nhint: [^\n]+\n$/);
  for (const line of stderr.trimEnd().split('\n')) {
    assert.ok(line.length <= 320, `${line.length} characters: ${line}`);
    assert.doesNotMatch(line, /[\u0000-\u001f\u007f-\u009f]|\[object |undefined|\bNaN\b|node:internal|\.ts:\d/);
  }
  assert.match(stderr, says);
}

/** Every file below a folder, with a digest of its content; what Pitwall keeps for itself is left out. */
export function filesOf(folder: string): Readonly<Record<string, string>> {
  const own = /^(\.pitwall|pitwall)(\/|$)/;
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map(
      (path) => [path.slice(folder.length + 1), createHash('sha256').update(readFileSync(path)).digest('hex')] as const,
    )
    .filter(([path]) => !own.test(path));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Runs `work` and shows that it changed, added and removed no file of the folder. */
export async function unchanged<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const before = filesOf(folder);
  const result = await work();
  assert.deepEqual(filesOf(folder), before);
  return result;
}

export function reportOf({ stdout }: Ended): Report {
  return JSON.parse(stdout) as Report;
}

/** The verdicts of a target, for a reader: `indicator status`. */
export function verdictsOf(report: Report, target: string): string[] {
  return report.verdicts
    .filter((verdict) => verdict.target === target)
    .map(({ indicator, status }) => `${indicator} ${status}`);
}

/** pitwall.yaml as JSON, which is YAML too. */
export function writeConfig(folder: string, config: Readonly<Record<string, unknown>>): void {
  writeFileSync(
    join(folder, 'pitwall.yaml'),
    JSON.stringify({ version: 1, service: { name: 'shop' }, ...config }, null, 1),
  );
}

const BY_DEVICE = { sql: 'SELECT id FROM orders WHERE device_id = ?', params: [[1], [2]] };

export const DATABASE = {
  integration: 'sqlite',
  path: 'shop.db',
  busyTimeout: '200ms',
  queryBudget: '50ms',
  queries: { 'by-device': BY_DEVICE },
};

/** A shop without an index that it needs, its configuration, and short trials. */
export function writeShop(folder: string, more: Readonly<Record<string, unknown>> = {}): string {
  const path = join(folder, 'shop.db');
  const database = new DatabaseSync(path);
  database.exec(SHOP);
  database.close();
  const objectives = [{ indicator: 'sqlite.query.duration.p95', critical: '10s' }];
  writeConfig(folder, { targets: { db: DATABASE }, objectives, trial: { blocks: 4, blockDuration: '100ms' }, ...more });
  return path;
}

/** Lets Pitwall make its plan for the shop: one index. */
export async function writePlan(folder: string): Promise<Plan> {
  const planned = async () => {
    const ended = await run(['plan', '-o', 'plan.json', '--quiet'], { cwd: folder });
    assert.equal(ended.status, 0, ended.stderr);
    return JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')) as Plan;
  };
  let plan = await planned();
  // On a machine that is busy with something else a gain may stay unproved.
  for (let again = 0; again < 3 && plan.changes.length === 0; again++) plan = await planned();
  assert.deepEqual(
    plan.changes.map(({ tunable }) => tunable),
    ['sqlite/index'],
  );
  return plan;
}

/**
 * Root may read and write everything; without these two capabilities permissions bind it like anybody else
 * (capabilities(7)). Empty for other users, whom they bind anyway.
 */
export const WITHOUT_PRIVILEGE: readonly string[] =
  process.getuid?.() === 0
    ? ['setpriv', '--inh-caps=-dac_override,-dac_read_search', '--bounding-set=-dac_override,-dac_read_search']
    : [];
