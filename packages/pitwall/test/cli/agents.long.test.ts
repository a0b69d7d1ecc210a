import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Report } from '../../src/model/report.ts';
import { spawnAgent, startService, until } from '../fleet/agents-support.ts';
import { sharedPostgresql } from '../support/postgresql.ts';
import { inFolder, pitwall } from './support.ts';

/** With the real lease of an agent, which takes its time. */
const postgresql = sharedPostgresql();

test(
  'kill -9 of an agent on the way: exit 3, a sentence, and a line in every form of the report',
  { skip: postgresql.skip },
  (t) =>
    inFolder(async (cwd) => {
      const [store, service] = await Promise.all([postgresql.server.createDatabase(), startService(t)]);
      const [alpha, beta] = [spawnAgent(t, store, 'alpha', ['--json']), spawnAgent(t, store, 'beta')];
      const load = [
        'load',
        '--url',
        service.url,
        '--rate',
        '100',
        '--users',
        '8',
        '--warmup',
        '0',
        '--duration',
        '12s',
      ];
      const running = pitwall([...load, '--agents', '2', '--out', 'r.json', '--out', 'r.md', '--out', 'r.html'], {
        cwd,
        env: { PITWALL_STORE: store },
      });
      await until(() => service.arrivals.length > 100, 'the load runs', 60);
      beta.child.kill('SIGKILL');
      const { status, stdout, stderr } = await running;
      assert.equal(status, 3, stderr);
      assert.match(stderr, /^Agent beta \(.+\) is lost: no sign of life\. The others go on/m);
      assert.match(stderr, /^pitwall: The load is not whole: agent beta \(.+\) was lost \(no sign of life\).+$/m);
      assert.match(stdout, /LOST.+beta/);
      const report = JSON.parse(readFileSync(join(cwd, 'r.json'), 'utf8')) as Report;
      assert.deepEqual(report.load!.agents!.map(({ name, state }) => `${name} ${state}`).sort(), [
        'alpha done',
        'beta lost',
      ]);
      assert.equal(report.load!.valid, false);
      for (const file of ['r.md', 'r.html']) assert.match(readFileSync(join(cwd, file), 'utf8'), /beta/, file);
      // One line of JSON for each thing that the agent said.
      const lines = alpha.output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { at: string; text: string });
      assert.ok(lines.some(({ text }) => /^Done: \d+ requests sent\.$/.test(text)));
      assert.ok(lines.every(({ at }) => !Number.isNaN(Date.parse(at))));
    }),
);
