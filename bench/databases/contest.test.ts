import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { chart } from './chart.ts';
import { testedColumns } from './columns.ts';
import { hold } from './contest.ts';
import { draws, zipf } from './draws.ts';
import { startEngine } from './engines/sqlite.ts';
import { slower, workloadRounds } from './measure.ts';
import { readOptions } from './options.ts';
import { commandPeer, splitArguments } from './peers/command.ts';
import { ddlIn } from './peers/ddl.ts';
import { naive } from './peers/naive.ts';
import type { WorkloadDefinition } from './types.ts';
import { writeWorkload } from './workload-file.ts';
import { WORKLOADS } from './workloads/index.ts';

const directory = mkdtempSync(join(tmpdir(), 'bench-databases-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** A table that is searched without an index, and a statement that does not end. */
const SMALL: WorkloadDefinition = {
  id: 'small',
  title: 'small',
  engines: ['sqlite'],
  cap: 1,
  async load(target) {
    await target.exec('CREATE TABLE things (id INTEGER PRIMARY KEY, owner integer NOT NULL, at integer NOT NULL)');
    await target.fill(
      'things',
      Array.from({ length: 30_000 }, (_, i) => [i + 1, i % 3000, i]),
    );
  },
  statements: () => [
    {
      name: 'of-owner',
      kind: 'select',
      text: 'SELECT id FROM things WHERE owner = $1',
      calls: 10,
      endpoint: null,
      params: [[5], [7]],
    },
    {
      name: 'endless',
      kind: 'select',
      text: 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i > $1',
      calls: 1,
      endpoint: null,
      params: [[1]],
    },
    {
      name: 'add',
      kind: 'insert',
      text: 'INSERT INTO things (owner, at) VALUES ($1, $2)',
      calls: 10,
      endpoint: null,
      params: [
        [1, 1],
        [2, 2],
      ],
    },
  ],
};

test('a contest: indexes are built on copies, what does not end counts as the cap, the base stays as it was', async () => {
  const program = join(directory, 'advisor.mjs');
  writeFileSync(
    program,
    `import { readFileSync } from 'node:fs';
     const [database, sql] = process.argv.slice(2);
     if (!database.endsWith('.db') || !readFileSync(sql, 'utf8').includes('WHERE owner = 7;')) process.exit(1);
     console.log('-- advice\\nCREATE INDEX by_owner ON things (owner);\\nCREATE INDEX broken ON nothing (x);');`,
  );
  const engine = startEngine();
  try {
    const contest = await hold(
      engine,
      SMALL,
      [
        naive,
        commandPeer(`other=${process.execPath} "${program}"`),
        commandPeer('fails=/bin/false'),
        commandPeer('silent=/bin/true'),
      ],
      { scale: 1, rounds: 2, seed: 1, sweep: null, say: () => {} },
    );
    assert.deepEqual(
      contest.entrants.map(({ name, proposal }) => [name, proposal?.ddl.length ?? 0]),
      [
        ['none', 0],
        ['naive', 1],
        ['other', 2],
        ['silent', 0],
      ],
    );
    assert.equal(contest.entrants[0]!.bytes, 0);
    assert.ok(contest.entrants[1]!.bytes > 100_000 && contest.entrants[1]!.bytes < 1_000_000);
    assert.deepEqual(
      contest.notes.map((note) => note.replace(/ \(.*/, '').replace(/ended with.*/, 'ended')),
      [
        'other: not applied: CREATE INDEX broken ON nothing',
        'other has the same indexes as naive: they were timed as one',
        'fails takes no part: /bin/false ended',
        'silent has the same indexes as none: they were timed as one',
      ],
    );
    for (const { name } of contest.entrants) assert.deepEqual(contest.rounds.get(name)!.get('endless'), [1, 1]);
    assert.equal(contest.rounds.get('naive')!.get('of-owner')!.length, 2);
    const copy = await engine.copy('after');
    assert.deepEqual(await copy.rows("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'index'"), [{ n: 0 }]);
    assert.deepEqual(await copy.rows('SELECT count(*) AS n FROM things'), [{ n: 30_000 }]);
    await copy.remove();
  } finally {
    await engine.close();
  }
});

test('the naive peer sees columns of WHERE and ON, in their own tables', () => {
  const columns = new Map([
    ['orders', ['id', 'customer_id', 'status', 'total']],
    ['customers', ['id', 'name', 'status']],
  ]);
  const found = (sql: string) => testedColumns(sql, columns).map((pair) => pair.join('.'));
  assert.deepEqual(
    found(
      "SELECT total FROM orders o JOIN customers AS c ON c.id = o.customer_id WHERE o.status = 'name' ORDER BY name",
    ),
    ['customers.id', 'orders.customer_id', 'orders.status'],
  );
  assert.deepEqual(found('UPDATE orders SET total = 1 WHERE id = $1'), ['orders.id']);
  assert.deepEqual(
    found(
      'SELECT id FROM customers WHERE id IN (SELECT customer_id FROM orders WHERE total > $1) AND lower(name) = $2',
    ),
    ['customers.id', 'customers.name', 'orders.id', 'orders.total'],
  );
  assert.deepEqual(found('SELECT * FROM elsewhere WHERE id = 1'), []);
});

test('a command is split without a shell, and what it prints is searched for indexes', () => {
  assert.deepEqual(splitArguments(` dexter  --x 'a b' "c 'd'" e"f"g '' `), [
    'dexter',
    '--x',
    'a b',
    "c 'd'",
    'efg',
    '',
  ]);
  assert.throws(() => splitArguments("dexter 'x"), /without its end/);
  for (const wrong of ['', 'dexter', '=dexter', 'x=', 'x= ']) assert.throws(() => commandPeer(wrong), /NAME/);
  assert.deepEqual(
    ddlIn(
      'Index found: x\ncreate index on a (b);\nCREATE UNIQUE INDEX u\n  ON a (c);;\nCREATE INDEX on a (b);\n(no new indexes)',
    ),
    ['create index on a (b)', 'CREATE UNIQUE INDEX u ON a (c)', 'CREATE INDEX on a (b)'],
  );
  const files = writeWorkload(directory, [
    { name: 'x', kind: 'select', text: 'SELECT $2, $1,\n $10', calls: 1, endpoint: null, params: [["o'x", 1.5]] },
  ]);
  assert.equal(readFileSync(files.sql, 'utf8'), "SELECT 1.5, 'o''x', NULL;\n");
});

test('workload time is weighted with calls, and a difference that comes and goes is not one', () => {
  const times = new Map([
    ['a', [1, 2]],
    ['b', [10, 20]],
  ]);
  const statement = { kind: 'select', text: '', endpoint: null, params: [] } as const;
  const statements = [
    { ...statement, name: 'a', calls: 3 },
    { ...statement, name: 'b', calls: 1 },
  ];
  assert.deepEqual(workloadRounds(times, statements), [13, 26]);
  assert.equal(slower([11, 11, 11, 11, 9], [10, 10, 10, 10, 10], 0.05), true);
  assert.equal(slower([11, 11, 11, 9, 9], [10, 10, 10, 10, 10], 0.05), false);
  assert.equal(slower([10.4, 10.4, 10.4], [10, 10, 10], 0.05), false);
});

test('few ranks get most', () => {
  const { random } = draws(7);
  const rank = zipf(100, 1);
  const counts = new Array<number>(101).fill(0);
  for (let i = 0; i < 20_000; i++) counts[rank(random)]!++;
  assert.equal(counts[0], 0);
  // 1 of H(100) = 5.187.
  assert.ok(Math.abs(counts[1]! / 20_000 - 1 / 5.187) < 0.02, `${counts[1]}`);
  assert.ok(Math.abs(counts[1]! / counts[10]! - 10) < 2, `${counts[1]! / counts[10]!}`);
});

test('options: only what there is, and a sentence for the rest', () => {
  const options = readOptions(['--quick', '--workload', 'tpch', '--engine', 'sqlite'], WORKLOADS);
  assert.deepEqual(
    [options.workloads.map(({ id }) => id), options.engines, options.rounds, options.sweep],
    [['tpch'], ['sqlite'], 2, false],
  );
  assert.throws(() => readOptions(['--workload', 'x'], WORKLOADS), /no workload x; there are/);
  assert.throws(() => readOptions(['--scale', '0'], WORKLOADS), /--scale above 0/);
  assert.throws(() => readOptions(['--nonsense'], WORKLOADS), /nonsense/);
});

test('names in the chart are text', () => {
  const svg = chart('<b>', [
    { name: '<script>"x"', bytes: 0, seconds: 2, joined: true },
    { name: 'b', bytes: 2 ** 21, seconds: 1, joined: true },
  ]);
  assert.ok(!svg.includes('<script') && !svg.includes('<b>'));
  assert.equal(svg.match(/<circle/g)!.length, 2);
  assert.ok(!/NaN|Infinity/.test(svg));
});
