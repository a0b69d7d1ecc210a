/** For tests: what `pitwall check` finds in the example after a while of requests. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COUNTED } from '../../packages/pitwall/test/cli/postgresql-support.ts';
import { pitwall } from '../../packages/pitwall/test/cli/support.ts';
import type { Postgresql } from '../../packages/pitwall/test/support/postgresql.ts';
import { generate } from './generate.ts';
import { startService } from './service.ts';

const EXECUTIONS = 200_000;
const WORKERS = 200;
const ROUNDS = 250;

export interface Found {
  readonly rule: string;
  readonly subject: string;
  readonly confidence: string;
  readonly evidence: readonly { readonly label: string; readonly value: unknown }[];
  readonly changes?: readonly { readonly subject: string; readonly to: unknown }[];
}

/** Counters are as young as the test, and its tables as small; the rest is judged as everywhere. */
const RULES = {
  'postgresql/missing-index': { minimumWindow: 0, minimumCalls: 10, minimumRows: 1000 },
  'postgresql/unused-index': { counterAge: 0, minimumBytes: 0 },
  'postgresql/redundant-index': { counterAge: 0 },
  'postgresql/few-hot-updates': { counterAge: 0, minimumUpdates: 100 },
};

/** Of a server whose log has the values of each call. */
export const SETTINGS = {
  ...COUNTED,
  log_line_prefix: '%m [%p] %q%u@%d ',
  log_min_duration_statement: '0',
  // On, as everywhere; but it does not come around while a test runs.
  autovacuum: 'on',
  autovacuum_naptime: '2147483s',
};

/** Makes a database with the example's data, runs `mend`, sends the requests of a while, and tells what `pitwall check` finds then. */
export async function findingsOf(server: Postgresql, mend: readonly string[]): Promise<readonly Found[]> {
  const url = await server.createDatabase('scheduler');
  const query = <Row extends object>(sql: string) => server.query<Row & Record<string, unknown>>(sql, [], 'scheduler');
  await query('CREATE EXTENSION pg_stat_statements; CREATE EXTENSION hypopg');
  await generate(url, EXECUTIONS);
  for (const sql of mend) await query(sql);
  // What made it is not what it is for.
  await query('SELECT pg_stat_statements_reset()');
  const sessions = await query<{ token: string }>(
    `SELECT token_hash AS token FROM user_sessions ORDER BY id LIMIT ${ROUNDS}`,
  );
  await requests(
    url,
    sessions.map(({ token }) => token),
  );
  const cwd = mkdtempSync(join(tmpdir(), 'pitwall-scheduler-'));
  try {
    const db = {
      integration: 'postgresql',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference to a secret looks like that.
      url: '${env:SCHEDULER_DATABASE}',
      logs: [join(server.directory, 'log')],
      whatIf: 'allowed',
    };
    const config = { version: 1, service: { name: 'scheduler' }, targets: { db }, rules: RULES };
    writeFileSync(join(cwd, 'pitwall.yaml'), JSON.stringify(config));
    const ended = await pitwall(['check', '--out', 'check.json'], { cwd, env: { SCHEDULER_DATABASE: url } });
    assert.equal(ended.status, 0, ended.stderr);
    return (JSON.parse(readFileSync(join(cwd, 'check.json'), 'utf8')) as { findings: Found[] }).findings;
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** The service under each of its requests, those that are cheap more often. */
async function requests(url: string, tokens: readonly string[]): Promise<void> {
  const service = await startService({ database: url, port: 0 });
  const send = async (path: string, body?: object): Promise<void> => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`http://127.0.0.1:${service.port}${path}`, init);
    assert.equal(response.status, 200, path);
    await response.arrayBuffer();
  };
  try {
    for (let i = 0; i < 12; i++) {
      await send(`/api/tasks/${1 + i}`);
      await send(`/api/executions?status=${i % 4 === 0 ? 'queued' : 'failed'}`);
      await send('/api/dashboard');
      await send('/api/workers?zone=zone1');
      await send('/api/events?level=error');
    }
    for (let i = 0; i < ROUNDS; i++) {
      await send(`/api/session?token=${tokens[i % tokens.length]}`);
      await send(`/api/workers/${1 + (i % WORKERS)}/heartbeat`, { running: 5 });
      await send(`/api/tasks/count?kind=kind${1 + (i % 30)}&queue=queue${(1 + (i % 30)) % 8}`);
      await send('/api/schedules/due');
      await send(`/api/users/by-email?email=user${1 + i}@example.com`);
      await send(`/api/users/${1 + i}/tasks`);
      await send(`/api/tasks?queue=queue${i % 8}`);
      await send('/api/executions', { task: 1 + i, schedule: 1 + i, worker: 2 });
    }
  } finally {
    await service.stop();
  }
}
