import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { integrationIds, loadAllIntegrations, loadIntegration } from '../../src/integrations/registry.ts';
import type { Tunable, WriteContext } from '../../src/model/integration.ts';
import type { Json } from '../../src/model/json.ts';
import { sharedPostgresql } from '../support/postgresql.ts';

interface ConformanceCase {
  readonly tunable: string;
  readonly title: string;
  readonly subject: string;
  readonly to: Json;
  /** A server that the case is tried on; absent: none. */
  readonly needs?: 'postgresql';
  /** There is no way back, and none is needed: the state is the same before and after. */
  readonly oneWay?: boolean;
  /** `database` makes one by statements of SQL and says its URL; for those that need a server. */
  setUp(directory: string, database: (sql: string) => Promise<string>): Json | Promise<Json>;
}

const postgresql = sharedPostgresql();

async function makeDatabase(sql: string): Promise<string> {
  const url = await postgresql.server.createDatabase();
  // One by one: some cannot run in a transaction, which several at once are.
  for (const statement of sql.split(/;\s*/)) {
    await postgresql.server.query(statement, [], decodeURIComponent(new URL(url).pathname.slice(1)));
  }
  return url;
}

/** Each integration with tunables brings its own cases: `integrations/<id>/tunables/conformance.ts`. */
async function casesOf(id: string): Promise<readonly ConformanceCase[]> {
  const file = join(import.meta.dirname, '../../src/integrations', id, 'tunables/conformance.ts');
  if (!existsSync(file)) return [];
  return ((await import(file)) as { conformance: readonly ConformanceCase[] }).conformance;
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as Json;

test('every tunable of every integration has a case', async () => {
  for (const { id, tunables } of await loadAllIntegrations()) {
    const covered = new Set((await casesOf(id)).map(({ tunable }) => tunable));
    assert.deepEqual(
      tunables.filter((tunable) => !covered.has(tunable.id)).map((tunable) => tunable.id),
      [],
    );
  }
});

for (const id of integrationIds()) {
  for (const sample of await casesOf(id)) {
    const skip = sample.needs === undefined ? false : postgresql.skip;
    suite(`${sample.tunable}: ${sample.title}`, { skip }, async () => {
      const integration = await loadIntegration(id);
      const tunable = integration.tunables.find((one) => one.id === sample.tunable) as Tunable;
      const directory = mkdtempSync(join(tmpdir(), 'pitwall-conformance-'));
      const change = { subject: sample.subject, to: sample.to };
      const context: WriteContext = {
        signal: new AbortController().signal,
        keepDirectory: mkdtempSync(join(directory, 'keep-')),
        exclusive: true,
      };
      let connection: unknown;

      before(async () => {
        const options = integration.options.parse(await sample.setUp(directory, makeDatabase));
        connection = await integration.connect(options, {
          environment: { proc: '/proc', sys: '/sys', now: () => Date.now() / 1000, sleep: async () => {} },
          signal: context.signal,
          directory,
        });
      });
      after(async () => {
        if (connection !== undefined) await integration.close(connection);
        rmSync(directory, { recursive: true, force: true });
      });

      test('reading is repeatable and plain JSON', async () => {
        const state = await tunable.read(connection, change);
        assert.deepEqual(state, plain(state));
        assert.deepEqual(await tunable.read(connection, change), state);
      });

      test('read → apply → achieved → undo → as it was; and both again, as after a kill', async () => {
        assert.ok(tunable.to.safeParse(sample.to).success, 'its own schema accepts the value');
        const state = plain(await tunable.read(connection, change));
        if (!tunable.meta.repeatable) assert.equal(tunable.achieved(state, change), false);
        assert.ok(tunable.preview(change, state).apply && tunable.preview(change, state).undo);
        await tunable.validate(connection, change, state);
        const captured = plain((await tunable.capture?.(connection, change, context)) ?? null);

        await tunable.write(connection, { ...change, from: state }, context);
        const written = plain(await tunable.read(connection, change));
        assert.equal(tunable.achieved(written, change), true);
        if (sample.oneWay) assert.deepEqual(written, state);
        else assert.notDeepEqual(written, state);

        await tunable.undo(connection, change, { state, captured }, context);
        assert.deepEqual(plain(await tunable.read(connection, change)), state);
        await tunable.undo(connection, change, { state, captured }, context);
        assert.deepEqual(plain(await tunable.read(connection, change)), state, 'undo is idempotent');

        // What is gone is gone, and cannot go again.
        if (sample.oneWay) return await tunable.release?.(connection, { state, captured }, context);
        await tunable.write(connection, { ...change, from: state }, context);
        assert.deepEqual(plain(await tunable.read(connection, change)), written);
        await tunable.undo(connection, change, { state, captured }, context);
        assert.deepEqual(plain(await tunable.read(connection, change)), state);
        await tunable.release?.(connection, { state, captured }, context);
      });
    });
  }
}
