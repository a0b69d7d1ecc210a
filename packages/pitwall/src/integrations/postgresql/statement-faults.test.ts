/** Rules about statements, each on a server whose statements have exactly that fault; and silent on one whose have none. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { sharedPostgresql, withoutPostgresql } from '../../../test/support/postgresql.ts';
import type { Fact } from '../../model/observation.ts';
import type { FindingDraft } from '../../model/rule.ts';
import { liveContext } from '../_proc/testing.ts';
import { workload } from './collectors/workload.ts';
import { connectPostgresql } from './connection.ts';
import { postgresqlOptions } from './options.ts';
import { statementRules } from './rules/statements.ts';
import { run } from './rules/structure-testing.ts';

/** Counts of seconds, which a usual server would not be judged by. */
const COUNTED = { minimumWindow: 0, minimumCalls: 20 };
const SOON: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'costly-statement': { ...COUNTED, minimumSeconds: 0.05 },
  'reads-much': { ...COUNTED, minimumBytes: 2 ** 24 },
  'plan-flip': { minimumSeconds: 0.0005 },
};
/** Of these alone: others look at plans and at columns, in tests of their own. */
const RULES = ['costly-statement', 'reads-much', 'statistics-lost', 'not-understood', 'plan-flip'];

suite('statements with faults', { skip: withoutPostgresql(), timeout: 60_000 }, () => {
  const shared = sharedPostgresql({
    settings: {
      shared_preload_libraries: 'pg_stat_statements,auto_explain',
      'pg_stat_statements.max': '100',
      shared_buffers: '1MB',
      logging_collector: 'on',
      log_destination: 'csvlog',
      log_filename: 'server.log',
      log_file_mode: '0644',
      'auto_explain.log_format': 'json',
      'auto_explain.log_analyze': 'on',
      // The databases that are to have plans in the log set it.
      'auto_explain.log_min_duration': '-1',
    },
    extensions: ['pg_stat_statements'],
  });

  /** A database with a table of 30,000 rows, of which one in 3,000 is rare; and the counters begin anew. */
  async function using(
    name: string,
    work: (application: pg.Client) => Promise<void>,
    more: readonly string[] = [],
    log = false,
  ): Promise<ReadonlyMap<string, readonly FindingDraft[]>> {
    const url = await shared.server.createDatabase(name);
    const prepare = new pg.Client(url);
    await prepare.connect();
    await prepare.query('CREATE EXTENSION pg_stat_statements');
    await prepare.query(
      `CREATE TABLE t (id int PRIMARY KEY, kind text, note text);
       INSERT INTO t SELECT i, CASE WHEN i % 3000 = 0 THEN 'rare' ELSE 'usual' END, repeat('x', 90) || i FROM generate_series(1, 30000) i;
       CREATE INDEX ON t (kind)`,
    );
    await prepare.query('VACUUM ANALYZE t');
    for (const statement of more) await prepare.query(statement);
    await prepare.end();
    const application = new pg.Client(url);
    await application.connect();
    try {
      await application.query('SELECT pg_stat_statements_reset()');
      await work(application);
    } finally {
      await application.end();
    }
    const logs = log ? { logs: [join(shared.server.directory, 'data', 'log', 'server.csv')] } : {};
    const connection = await connectPostgresql(postgresqlOptions.parse({ url, ...logs }), '/');
    try {
      const { facts } = await workload.collect(connection, liveContext(0.05));
      return diagnose(facts!);
    } finally {
      await connection.close();
    }
  }

  function diagnose(facts: readonly Fact[]): ReadonlyMap<string, readonly FindingDraft[]> {
    return new Map(
      statementRules.flatMap((rule): [string, readonly FindingDraft[]][] => {
        const name = rule.id.split('/')[1]!;
        if (!RULES.includes(name)) return [];
        const result = run(rule, facts, SOON[name]);
        return 'found' in result ? [[name, result.found]] : [];
      }),
    );
  }

  async function often(application: pg.Client, times: number, text: string, values?: readonly unknown[]) {
    for (let call = 0; call < times; call++) await application.query(text, values && [...values]);
  }
  /** Ten statements that take about as long as each other, `rows` each, and read no table. */
  const evenly = async (application: pg.Client, rows = 1) => {
    for (const what of ['count', 'sum', 'min', 'max', 'avg', 'stddev', 'variance', 'bit_and', 'bit_or', 'var_pop']) {
      await often(application, 10, `SELECT ${what}(g) FROM generate_series(1, $1::int) g WHERE g % 7 = 3`, [rows]);
    }
  };

  test('statements that cost about the same, read little and are few: nothing is found', async () => {
    assert.deepEqual(await using('even', (application) => evenly(application, 20_000)), new Map());
  });

  test('one that takes most of the time', async () => {
    const found = await using('costly', async (application) => {
      await evenly(application);
      await often(application, 3, 'SELECT count(DISTINCT g) FROM generate_series(1, $1::int) g', [300_000]);
    });
    assert.deepEqual([...found.keys()], ['costly-statement']);
    const [finding] = found.get('costly-statement')!;
    assert.match(finding!.summary, /^\d+ % of the execution time .* generate_series/);
    assert.match(finding!.advice!.text, /^A call takes long/);
  });

  test('one that reads a table that does not fit into shared buffers', async () => {
    const found = await using('reading', async (application) => {
      await evenly(application);
      await often(application, 10, 'SELECT count(*) FROM t WHERE note = $1', ['y']);
    });
    const [finding, ...others] = found.get('reads-much')!;
    assert.deepEqual(others, []);
    assert.match(finding!.summary, /is for one statement: SELECT count\(\*\) FROM t WHERE note = \$1/);
  });

  test('more statements than pg_stat_statements has room for', async () => {
    const found = await using('many', async (application) => {
      for (let columns = 1; columns <= 300; columns++) {
        await application.query(`SELECT ${Array(columns).fill('1').join(', ')}`);
      }
    });
    const [finding] = found.get('statistics-lost')!;
    assert.match(finding!.summary, /^pg_stat_statements has dropped entries \d+ times/);
    assert.ok(finding!.evidence.some(({ label, value }) => label === 'pg_stat_statements.max' && value === 100));
  });

  test('a statement that is nested deeper than is read', async () => {
    const found = await using('nested', async (application) => {
      await evenly(application);
      await often(application, 2, `SELECT ${'('.repeat(600)}id${' + 1)'.repeat(600)} FROM t WHERE id = 1`);
    });
    const [finding, ...others] = found.get('not-understood')!;
    assert.deepEqual(others, []);
    assert.match(finding!.summary, /^1 of \d+ statements (was|were) not understood/);
    assert.equal(finding!.evidence[0]!.value, 'it is nested too deeply');
  });

  test('a statement that is quick by its index for rare values, and reads all for the usual one', async () => {
    const statement = 'SELECT max(note) FROM t WHERE kind = $1';
    const logged = (name: string) => [`ALTER DATABASE ${name} SET auto_explain.log_min_duration = 0`];
    const calls = (kinds: readonly string[]) => async (application: pg.Client) => {
      for (const kind of kinds) await often(application, 4, statement, [kind]);
      // The collector of the log writes what it was handed a moment later.
      await setTimeout(300);
    };
    const found = await using('flipping', calls(['rare', 'usual']), logged('flipping'), true);
    const [finding, ...others] = found.get('plan-flip')!;
    assert.deepEqual(others, []);
    assert.match(finding!.summary, /^the same statement takes \d+\.\d times as long in another plan/);
    const told = (label: string) => String(finding!.evidence.find((one) => one.label === label)!.value);
    assert.match(told('quick plan'), /Index|Bitmap/);
    assert.match(told('slow plan'), /Seq Scan/);
    const steady = await using('steady', calls(['rare', 'rare']), logged('steady'), true);
    assert.equal(steady.get('plan-flip'), undefined);
  });
});
