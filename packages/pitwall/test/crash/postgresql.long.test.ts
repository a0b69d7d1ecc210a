import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectPostgresql } from '../../src/integrations/postgresql/connection.ts';
import integration from '../../src/integrations/postgresql/index.ts';
import { postgresqlOptions } from '../../src/integrations/postgresql/options.ts';
import type { Change } from '../../src/model/change.ts';
import type { Json } from '../../src/model/json.ts';
import { sharedPostgresql } from '../support/postgresql.ts';

const shared = sharedPostgresql();
const { skip } = shared;

/** Each row of it takes a millisecond to index: a build is under way for seconds. */
const SCHEMA = [
  'CREATE FUNCTION slowly(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_sleep(0.001); RETURN $1; END $$',
  'CREATE TABLE t (id int PRIMARY KEY, name text)',
  "INSERT INTO t SELECT i, 'n' || i FROM generate_series(1, 1500) i",
  'CREATE INDEX kept ON t (slowly(name), id)',
  "COMMENT ON INDEX kept IS 'as it was'",
  `CREATE TABLE p (id int, name text) PARTITION BY RANGE (id)`,
  'CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (600)',
  'CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (600) TO (1200)',
  "INSERT INTO p SELECT i, 'n' || i FROM generate_series(1, 1100) i",
];

const CHANGES: readonly Pick<Change, 'tunable' | 'subject' | 'to'>[] = [
  {
    tunable: 'postgresql/index',
    subject: 'public.made',
    to: { table: { schema: 'public', name: 't' }, keys: [{ expression: 'slowly(name)' }] },
  },
  {
    tunable: 'postgresql/index',
    subject: 'public.parted',
    to: { table: { schema: 'public', name: 'p' }, keys: [{ expression: 'slowly(name)' }] },
  },
  { tunable: 'postgresql/reindex', subject: 'public.kept', to: { reindex: true } },
  { tunable: 'postgresql/index', subject: 'public.kept', to: null },
];

/** Seconds after the beginning of the write. */
const INSTANTS = [0.02, 0.3, 0.9, 1.4, 1.7, 2.2] as const;

interface Place {
  readonly directory: string;
  readonly url: string;
  readonly database: string;
}

async function makePlace({ tunable: id, subject, to }: (typeof CHANGES)[number]): Promise<Place> {
  const url = await shared.server.createDatabase();
  const database = decodeURIComponent(new URL(url).pathname.slice(1));
  for (const sql of SCHEMA) await shared.server.query(sql, [], database);
  const directory = mkdtempSync(join(tmpdir(), 'pitwall-crash-'));
  const connection = await connectPostgresql(postgresqlOptions.parse({ url }), '/');
  const tunable = integration.tunables.find((one) => one.id === id)!;
  const from = JSON.parse(JSON.stringify(await tunable.read(connection, { subject, to }))) as Json;
  const { effect, risk } = tunable.meta;
  const preview = tunable.preview({ subject, to }, from);
  await connection.close();
  const planned = { id: 'c1', target: 'db', tunable: id, subject, to, from, reason: 'test', rules: [], affects: [] };
  writeFileSync(
    join(directory, 'change.json'),
    JSON.stringify({ ...planned, effect, risk, needsRestart: false, preview }),
  );
  return { directory, url, database };
}

async function run(place: Place, mode: string, killAfter?: number): Promise<{ output: string[]; killed: boolean }> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'postgresql-child.ts'), place.directory, place.url, mode],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  let armed = false;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    if (killAfter === undefined || armed || !/^(write|undo-write)$/m.test(output)) return;
    armed = true;
    void sleep(killAfter * 1000).then(() => child.kill('SIGKILL'));
  });
  const signal = await new Promise((resolve) => child.once('close', (_code, how) => resolve(how)));
  return { output: output.split('\n').filter((line) => line !== ''), killed: signal === 'SIGKILL' };
}

/** Everything about indexes that a change could leave different. */
async function indexes({ database }: Place): Promise<unknown> {
  return shared.server.query(
    `SELECT pg_get_indexdef(indexrelid) AS definition, indisvalid, indisready, indislive, obj_description(indexrelid) AS comment
       FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1`,
    [],
    database,
  );
}

for (const change of CHANGES) {
  const title = `${change.tunable} ${change.subject} to ${JSON.stringify(change.to)}`;
  test(`${title}: killed at several instants, recovered`, { skip, timeout: 10 * 60_000 }, async (context) => {
    let kills = 0;
    let late = 0;
    for (const instant of INSTANTS) {
      const place = await makePlace(change);
      try {
        const before = await indexes(place);
        // A transaction that uses the table keeps a DROP waiting, so that it is under way as well.
        const isDrop = change.to === null;
        const held = isDrop ? holdBriefly(place) : Promise.resolve();
        const killed = await run(place, 'apply', instant);
        if (killed.killed) kills += 1;
        else late += 1;
        // What the server does for the one who is gone goes on for a moment; a recovery may come at once, and be killed too.
        if (instant === 0.9) await run(place, 'recover', 0.2);
        const recovered = await run(place, 'recover');
        await held;
        const where = `killed ${instant} s into the write: ${[...killed.output, ...recovered.output].join(', ')}`;
        assert.equal(recovered.output.at(-1), 'done', where);
        assert.ok(recovered.output.includes('unfinished 0'), where);
        assert.deepEqual(await indexes(place), before, where);
      } finally {
        rmSync(place.directory, { recursive: true, force: true });
      }
    }
    context.diagnostic(`${kills} kills, ${late} came too late; each ended in the indexes from before`);
    assert.ok(kills >= 3, `${kills} kills`);
  });
}

async function holdBriefly({ database }: Place): Promise<void> {
  await shared.server.query('SELECT count(*), pg_sleep(3) FROM (SELECT FROM t LIMIT 1) one', [], database);
}
