import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Report } from '../../src/model/report.ts';
import { type ChildAgent, spawnAgent, startService, until } from '../fleet/agents-support.ts';
import { sharedPostgresql } from '../support/postgresql.ts';
import { type Ended, pitwall, pitwallEach } from './support.ts';

/** `pitwall agent` and `pitwall load --agents` as users run them. */
const postgresql = sharedPostgresql();
const { skip } = postgresql;
const cwd = mkdtempSync(join(tmpdir(), 'pitwall-agents-'));
after(() => rmSync(cwd, { recursive: true, force: true }));

/** Runs it in a folder of its own: its store is locked by one run at a time. */
function run(
  t: TestContext,
  args: readonly string[],
  env: Record<string, string> = {},
  onStart?: (pid: number) => void,
) {
  const folder = mkdtempSync(join(cwd, 'run-'));
  return pitwall(args, {
    cwd: folder,
    env: { PITWALL_STORE: '', ...env },
    detached: true,
    onStart(child) {
      t.after(() => child.kill('SIGKILL'));
      onStart?.(child.pid!);
    },
  });
}

async function twoAgents(t: TestContext, store: string): Promise<[ChildAgent, ChildAgent]> {
  const agents: [ChildAgent, ChildAgent] = [spawnAgent(t, store, 'alpha'), spawnAgent(t, store, 'beta')];
  await until(() => agents.every(({ output }) => output.includes('Waiting for work')), 'they wait');
  return agents;
}

const LOAD = ['load', '--rate', '100', '--users', '8', '--warmup', '0', '--agents', '2', '--json'];

function loadOf({ stdout, stderr }: Ended): NonNullable<Report['load']> {
  assert.notEqual(stdout, '', stderr);
  return (JSON.parse(stdout) as Report).load!;
}

describe('agents and their coordinator', { skip, concurrency: 4 }, () => {
  test('a load is shared out, its report has them all; Ctrl-C later ends an idle agent at once', async (t) => {
    const [store, service] = await Promise.all([postgresql.server.createDatabase(), startService(t)]);
    const agents = await twoAgents(t, store);
    const ended = await run(t, [...LOAD, '--url', service.url, '--duration', '1s', '--store', store]);
    const load = loadOf(ended);
    assert.deepEqual(load.agents!.map(({ name, state, workers }) => `${name} ${state} ${workers}`).sort(), [
      'alpha done 1',
      'beta done 1',
    ]);
    assert.equal(load.planned, 100);
    assert.equal(load.partial, null);
    assert.equal(load.timeline.length, 1);
    for (const { output } of agents) {
      assert.match(output, /: up to 1 worker thread, may load /);
      assert.match(output, /Ready with 1 worker thread\. /);
    }
    // A machine that is too busy to measure on says so; the numbers are there all the same.
    if (ended.status === 3) assert.match(ended.stderr, /The load is not valid/);
    else assert.ok(ended.status === 0 || ended.status === 1, ended.stderr);
    assert.equal(ended.status === 3, !load.valid);
    for (const { child, ended: over } of agents) {
      child.kill('SIGINT');
      assert.equal(await over, 130);
    }
    const said = [ended.stdout, ended.stderr, ...agents.map(({ output }) => output)].join();
    assert.ok(
      !said.includes(postgresql.server.password) && !said.includes(encodeURIComponent(postgresql.server.password)),
      said,
    );
  });

  test('a number of iterations is shared out too: together they make as many', async (t) => {
    const [store, service] = await Promise.all([postgresql.server.createDatabase(), startService(t)]);
    await twoAgents(t, store);
    const args = ['load', '--users', '3', '--iterations', '31', '--agents', '2', '--json', '--url', service.url];
    const load = loadOf(await run(t, [...args, '--store', store]));
    assert.deepEqual([load.sent, load.planned, load.endedBy, load.partial], [31, 31, 'plan', null]);
    assert.ok(load.duration < 60, `${load.duration} s`);
  });

  test('Ctrl-C at the coordinator: the report has what was measured, exit 130, the agents wait for the next load', async (t) => {
    const [store, service] = await Promise.all([postgresql.server.createDatabase(), startService(t)]);
    const agents = await twoAgents(t, store);
    let group = 0;
    const running = run(t, [...LOAD, '--url', service.url, '--duration', '60s'], { PITWALL_STORE: store }, (pid) => {
      group = pid;
    });
    await until(() => service.arrivals.length > 100, 'the load runs');
    process.kill(-group, 'SIGINT');
    const ended = await running;
    assert.equal(ended.status, 130, ended.stderr);
    const load = loadOf(ended);
    assert.equal(load.endedBy, 'interrupt');
    assert.ok(load.sent > 0 && load.sent <= service.arrivals.length);
    assert.ok(load.duration < 50);
    await until(() => agents.every(({ output }) => output.includes('ended early')), 'the agents ended the load');
    assert.ok(agents.every(({ child }) => child.exitCode === null));
  });

  test('Ctrl-C at an agent: it hands in its part, exit 130; the load is not whole, exit 3, and says why', async (t) => {
    const [store, service] = await Promise.all([postgresql.server.createDatabase(), startService(t)]);
    const agents = await twoAgents(t, store);
    const running = run(t, [...LOAD, '--url', service.url, '--duration', '5s', '--store', store]);
    await until(() => service.arrivals.length > 100, 'the load runs');
    agents[1].child.kill('SIGINT');
    assert.equal(await agents[1].ended, 130);
    assert.match(agents[1].output, /Done: \d+ requests sent, ended early: the agent was interrupted\./);
    const ended = await running;
    assert.equal(ended.status, 3, ended.stderr);
    assert.match(ended.stderr, /^pitwall: The load is not whole: agent beta \(.+\) .*the agent was interrupted\.$/m);
    assert.equal(loadOf(ended).agents!.find(({ name }) => name === 'beta')!.state, 'interrupted');
  });

  test('an agent refuses a host that it was not told to load: the coordinator says so, exit 2', async (t) => {
    const store = await postgresql.server.createDatabase();
    const folder = mkdtempSync(join(cwd, 'config-'));
    writeFileSync(
      join(folder, 'pitwall.yaml'),
      `version: 1\ntargets:\n  web: { integration: http, url: 'http://192.0.2.1', endpoints: [/] }\nload: { allow: [192.0.2.1] }\n`,
    );
    const agent = spawnAgent(t, store, 'careful', ['--once']);
    const ended = await pitwall(['load', '--agents', '1', '--quiet'], { cwd: folder, env: { PITWALL_STORE: store } });
    assert.equal(ended.status, 2, ended.stderr);
    assert.match(
      ended.stderr,
      /^pitwall: Agent careful \(.+\) refused its share of the load: 192\.0\.2\.1 is not this/m,
    );
    assert.match(ended.stderr, /--allow HOST/);
    assert.equal(await agent.ended, 2);
    assert.match(agent.output, /Refused: 192\.0\.2\.1/);
  });
});

describe('a store that cannot be used: a sentence without the password', { skip, concurrency: 2 }, () => {
  const HIDDEN = 'not-the-password';
  const cases = (): readonly (readonly [what: string, store: string, status: number, said: RegExp])[] => [
    [
      'wrong password',
      `postgres://pitwall:${HIDDEN}@127.0.0.1:${postgresql.server.port}/postgres`,
      2,
      /authentication failed/,
    ],
    ['no password', `postgres://pitwall@127.0.0.1:${postgresql.server.port}/postgres`, 2, /wants a password/],
    ['no such database', `${postgresql.server.url('nowhere')}`, 2, /database "nowhere" does not exist/],
    ['nobody there', `postgres://pitwall:${HIDDEN}@127.0.0.1:1/postgres`, 3, /cannot be reached: connect ECONNREFUSED/],
    ['no TLS', `${postgresql.server.url()}?sslmode=require`, 3, /does not support SSL/],
    ['not PostgreSQL', `mysql://pitwall:${HIDDEN}@127.0.0.1/x`, 2, /does not begin with postgres/],
    ['no URL', `postgres://pitwall:${HIDDEN}@[x/`, 2, /it is not a URL/],
  ];
  for (const command of ['agent', 'load']) {
    test(`pitwall ${command}`, async (t) => {
      const service = await startService(t);
      const args = command === 'agent' ? ['agent'] : [...LOAD, '--url', service.url];
      for (const [what, store, status, said] of cases()) {
        const { stdout, stderr, ...ended } = await run(t, [...args, '--store', store]);
        assert.equal(ended.status, status, `${what}: ${stderr}`);
        assert.match(stderr, said, what);
        for (const secret of [HIDDEN, postgresql.server.password, encodeURIComponent(postgresql.server.password)]) {
          assert.ok(!(stdout + stderr).includes(secret), `${what}: ${stderr}`);
        }
        assert.doesNotMatch(stderr, /\n\s+at /, 'no stack');
      }
      assert.equal(service.arrivals.length, 0);
    });
  }

  test('the password may come from PGPASSWORD or PGPASSFILE', async (t) => {
    const store = `postgres://pitwall@127.0.0.1:${postgresql.server.port}/postgres`;
    const file = join(cwd, 'pgpass');
    writeFileSync(file, `127.0.0.1:${postgresql.server.port}:*:pitwall:${postgresql.server.password}\n`, {
      mode: 0o600,
    });
    const ways: readonly Record<string, string>[] = [{ PGPASSWORD: postgresql.server.password }, { PGPASSFILE: file }];
    for (const env of ways) {
      let child = 0;
      const running = run(t, ['agent', '--store', store], env, (pid) => {
        child = pid;
      });
      let over = false;
      void running.then(() => {
        over = true;
      });
      // There is nothing to see from outside until it ends: it is asked to once it is connected.
      const connected = () =>
        postgresql.server.query(
          "SELECT 1 FROM pg_stat_activity WHERE application_name = 'pitwall agent' AND state = 'idle'",
        );
      while (!over && (await connected()).length === 0) await setTimeout(25);
      if (!over) process.kill(child, 'SIGTERM');
      const { status, stdout, stderr } = await running;
      assert.equal(status, 130, stderr);
      assert.match(stdout, /Interrupted; nothing was left under way/);
      assert.ok(!(stdout + stderr).includes(postgresql.server.password));
    }
  });

  test('what was asked for in a wrong way', async () => {
    const cases = [
      [['agent'], /needs the store: --store postgres/],
      [['agent', '--store', 'postgres://x', '--workers', '65'], /at most 64/],
      [['agent', '--store', 'postgres://x', '--workers', 'many'], /expected a whole number/],
      [['load', '--url', 'http://127.0.0.1:1', '--agents', '0', '--store', 'postgres://x'], /expected a whole number/],
      [['load', '--url', 'http://127.0.0.1:1', '--agents', '2'], /needs the store/],
    ] as const;
    const lines = cases.map(([args]) => args);
    const ended = await pitwallEach(lines, { cwd: mkdtempSync(join(cwd, 'run-')), env: { PITWALL_STORE: '' } });
    for (const [i, [, said]] of cases.entries()) {
      assert.equal(ended[i]!.status, 2, ended[i]!.stderr);
      assert.match(ended[i]!.stderr, said);
    }
  });
});
