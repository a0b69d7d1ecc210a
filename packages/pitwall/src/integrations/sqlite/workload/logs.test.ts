import assert from 'node:assert/strict';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { seededRandom } from '../../../stats/random.ts';
import { connect, databaseWith, SHOP, temporaryFolder } from '../testing.ts';
import { parseLogLine } from './log-line.ts';
import { fileWith, jsonLines, shopWorkload } from './testing.ts';

const SELECT = 'SELECT * FROM orders WHERE device_id = ?';
const T0 = 1_790_000_000;

test('calls of a log are counted, with times, rows, endpoints and real values; the tables as the schema spells them', async (t) => {
  const log = fileWith(
    t,
    jsonLines(
      {
        kind: 'connection',
        version: 1,
        id: 'c1',
        pid: 7,
        program: 'app.js',
        library: 'node:sqlite',
        database: '/app/shop.db',
        at: T0,
      },
      { kind: 'statement', id: 's1', text: 'select * from ORDERS where device_id = ?' },
      ...Array.from({ length: 30 }, (_, i) => ({
        kind: 'call',
        connection: 'c1',
        statement: 's1',
        at: T0 + i,
        seconds: 0.01,
        rows: 100,
        endpoint: i < 20 ? 'GET /devices/:id' : 'GET /report',
        ...(i % 3 === 0 ? { params: [i] } : {}),
      })),
      { kind: 'call', connection: 'c1', statement: 's1', at: T0 + 40, seconds: 5, error: 'SQLITE_BUSY' },
      { kind: 'dropped', calls: 12, at: T0 + 41 },
      { text: 'BEGIN', at: T0 + 41, seconds: 0.001 },
      { text: 'INSERT INTO orders (device_id) VALUES (:device)', at: T0 + 42, seconds: 0.002, params: { device: 5 } },
    ),
  );
  const { workload, errors, dropped, connections } = await shopWorkload(t, { logs: [log] });
  const [read, write] = workload.statements;
  assert.deepEqual([read!.kind, read!.calls, read!.rows, read!.tables], ['select', 31, 3000, ['orders']]);
  assert.ok(Math.abs(read!.seconds! - 5.3) < 1e-9 && read!.maxSeconds === 5);
  assert.deepEqual(
    read!.callers.map(({ endpoint, calls }) => [endpoint, calls]),
    [
      ['GET /devices/:id', 20],
      ['GET /report', 10],
    ],
  );
  assert.equal(read!.samples.length, 8);
  assert.ok(read!.samples.every(({ params }) => Array.isArray(params) && params.length === 1));
  assert.deepEqual([write!.kind, write!.samples[0]!.params], ['insert', { device: 5 }]);
  assert.equal(workload.statements.length, 2);
  assert.ok(Math.abs(workload.window! - 45) < 1e-3, `${workload.window}`);
  assert.deepEqual([...errors], [['SQLITE_BUSY', 1]]);
  assert.equal(dropped, 12);
  assert.equal(connections[0]!.pid, 7);
  const { missing } = workload.sources[0]!;
  assert.match(missing.join(' '), /\/app\/shop\.db, which is taken to be this database/);
  assert.match(missing.join(' '), /12 calls were too many/);
  assert.deepEqual(workload.snapshot, { to: T0 + 45 });
});

test('more than five similar calls of one request, one after the other, are a proven loop; five, or overlapping ones, are none', async (t) => {
  const calls = (request: string, count: number, step: number, seconds: number) =>
    Array.from({ length: count }, (_, i) => ({
      text: SELECT,
      params: [i],
      at: T0 + i * step,
      seconds,
      endpoint: `GET /${request}`,
      request,
    }));
  const log = fileWith(
    t,
    jsonLines(...calls('loop', 12, 0.02, 0.01), ...calls('few', 5, 0.02, 0.01), ...calls('parallel', 12, 0.001, 0.5)),
  );
  const { workload } = await shopWorkload(t, { logs: [log] });
  assert.deepEqual(
    workload.loops.map(({ endpoint, proof, requests, callsPerRequest }) => [
      endpoint,
      proof,
      requests,
      callsPerRequest,
    ]),
    [['GET /loop', 'proven', 1, 12]],
  );
});

test('rotated files are read oldest first, and a tail of them says that it is one', async (t) => {
  const call = (at: number) => ({ kind: 'call', statement: 's1', at, seconds: 0.001, params: [at - T0] });
  const log = fileWith(t, jsonLines(call(T0 + 3)));
  writeFileSync(`${log}.2`, jsonLines({ kind: 'statement', id: 's1', text: SELECT }, call(T0 + 1)));
  writeFileSync(`${log}.1`, jsonLines(call(T0 + 2)));
  writeFileSync(`${log}.gz`, 'not read');
  const { workload } = await shopWorkload(t, { logs: [log] });
  assert.equal(workload.statements[0]!.calls, 3);
  assert.deepEqual(
    workload.statements[0]!.samples.map(({ params }) => params),
    [[1], [2], [3]],
  );
  assert.deepEqual(workload.sources[0]!.missing, []);

  // While it is rotated there may be no file of the name itself.
  renameSync(log, `${log}.3`);
  assert.equal((await shopWorkload(t, { logs: [log] })).workload.sources[0]!.calls, 3);

  const long = fileWith(
    t,
    jsonLines({ kind: 'statement', id: 's1', text: SELECT }, ...Array.from({ length: 500 }, () => call(T0))),
  );
  const { workload: tail } = await shopWorkload(t, { logs: [long], logTail: 4096 });
  assert.equal(tail.statements.length, 0);
  assert.match(
    tail.sources[0]!.missing.join(' '),
    /only the last .* were read.*calls in .* whose texts are in an older file/,
  );
});

test('a folder of logs is read; statements of other databases are left out', async (t) => {
  const folder = temporaryFolder(t);
  const path = databaseWith(t, SHOP, 'mine.db');
  const of = (id: string, database: string | null) => ({
    kind: 'connection',
    version: 1,
    id,
    pid: 1,
    program: 'a',
    library: 'l',
    database,
  });
  const call = (connection: string, text: string) => ({ kind: 'call', connection, text, at: T0, seconds: 0.001 });
  writeFileSync(
    join(folder, 'a.jsonl'),
    jsonLines(
      of('c1', path),
      of('c2', '/other/else.db'),
      call('c1', 'SELECT 1'),
      call('c2', 'SELECT 2, 2'),
      call('c3', 'SELECT 3, 3, 3'),
    ),
  );
  writeFileSync(join(folder, 'note.txt'), 'no log');
  mkdirSync(join(folder, 'b.jsonl'));
  const { gatherWorkload } = await import('./index.ts');
  const { collectContext } = await import('../testing.ts');
  const gather = (options: object) =>
    gatherWorkload(connect(t, path, { logs: [folder], ...options }), { previous: null, watch: 0 }, collectContext());
  const { workload } = await gather({});
  assert.deepEqual(
    workload.statements.map(({ samples }) => samples[0]!.text),
    ['SELECT 1'],
  );
  assert.match(workload.sources[0]!.missing.join(' '), /2 calls .* are of other databases/);
  assert.match(
    (
      await gather({ logs: [fileWith(t, jsonLines(of('c2', '/other/else.db'), call('c2', 'SELECT 2')))] })
    ).workload.sources[0]!.missing.join(' '),
    /tells of \/other\/else\.db only, and not of this database/,
  );
  // Closing a descriptor of the database would take its locks away.
  const own = await gather({ logs: [path], statementFiles: [path] });
  assert.match(
    own.workload.sources.map(({ missing }) => missing.join()).join(),
    /is the database itself.*is the database itself/,
  );
  assert.match(
    (await gather({ logs: [join(folder, 'none')] })).workload.sources[0]!.missing.join(),
    /cannot be read: ENOENT/,
  );
  assert.match(
    (await gather({ logs: [join(dirname(path))] })).workload.sources[0]!.missing.join(),
    /has no file that ends with/,
  );
});

test('several logs are added up; later looks count what came since; configured queries are scaled to the time', async (t) => {
  const call = (at: number, endpoint: string) => ({ text: SELECT, at, seconds: 0.5, params: [1], endpoint });
  const logs = [1, 2].map((n) =>
    fileWith(
      t,
      jsonLines(call(T0, `GET /${n}`), call(T0 + 900, 'GET /both'), call(T0 + 1799.5, 'GET /both')),
      `log${n}.jsonl`,
    ),
  );
  const queries = { other: { sql: 'SELECT * FROM devices WHERE site = ?', params: [['x']], calls: 100 } };
  const { workload } = await shopWorkload(t, { logs, queries });
  const [read, other] = workload.statements;
  assert.equal(workload.window, 1800);
  assert.deepEqual([read!.calls, read!.seconds, other!.calls], [6, 3, 50]);
  assert.deepEqual(
    read!.callers.map(({ endpoint, calls }) => [endpoint, calls]),
    [
      ['GET /both', 4],
      ['GET /1', 1],
      ['GET /2', 1],
    ],
  );
  const { workload: later } = await shopWorkload(t, { logs, queries }, { previous: { to: T0 + 1000 } });
  assert.deepEqual(
    later.statements.map(({ calls, samples }) => [calls, samples.length > 0]),
    [[2, true]],
  );
});

test('plain SQL is read: with semicolons, and one in each line; so are files of statements with comments', async (t) => {
  const traced = fileWith(
    t,
    `BEGIN\n;\nSELECT * FROM orders WHERE device_id = 5 AND note = 'a;b\n;c'\n;\nCOMMIT\n;\n`,
    'trace.sql',
  );
  const lines = fileWith(
    t,
    `-- a note\nSELECT * FROM orders WHERE device_id = 5 -- hint\nselect * from orders where device_id = 6\n`,
    'lines.sql',
  );
  const triggers = fileWith(
    t,
    `CREATE TRIGGER x AFTER INSERT ON orders BEGIN UPDATE devices SET site = 'a'; DELETE FROM orders; END;
     -- calls: 40
     -- endpoint: GET /a
     -- params: [1]
     -- params: [2]
     SELECT * FROM devices WHERE id = ?;`,
    'files.sql',
  );
  const { workload } = await shopWorkload(t, { logs: [traced, lines], statementFiles: [triggers] });
  assert.deepEqual(
    workload.statements.map(({ calls, kind, tables, callers }) => [calls, kind, tables.join(), callers[0]?.endpoint]),
    [
      [40, 'select', 'devices', 'GET /a'],
      [2, 'select', 'orders', undefined],
      [1, 'select', 'orders', undefined],
    ],
  );
  assert.equal(workload.statements[0]!.samples.length, 2);
  assert.equal(workload.window, null);
  const none = await shopWorkload(t, { logs: [fileWith(t, 'Dear diary,\nnothing happened.', 'diary.log')] });
  assert.match(none.workload.sources[0]!.missing.join(), /has no statement in it/);
});

test('a broken last line and lines of other things cost nothing but themselves', async (t) => {
  const good = JSON.stringify({ text: SELECT, at: T0, seconds: 0.001, params: [1] });
  const log = fileWith(t, `${good}\nnull\n[]\n{"kind":"call"}\n{"kind":"new thing"}\n${good}\n${good.slice(0, -5)}`);
  const { workload } = await shopWorkload(t, { logs: [log] });
  assert.equal(workload.statements[0]!.calls, 2);
  assert.match(workload.sources[0]!.missing.join(), /5 lines of .* are not understood/);
});

test('whatever is in a log, nothing is thrown and nothing is believed that is out of range', async (t) => {
  const random = seededRandom(20_261_121);
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  const hostile = [
    '',
    'x'.repeat(100_000),
    '\u001b[2Jboo',
    '__proto__',
    'SELECT',
    "SELECT '",
    '/*',
    's1',
    'c1',
    -1,
    1e308,
    -0,
    1.5,
    null,
    true,
    [],
    {},
    [[1]],
    { a: {} },
    { __proto__: 1 },
    '\ud800',
    'SELECT * FROM orders WHERE id = ?',
    JSON.parse('{"__proto__": 5}'),
  ];
  const keys = [
    'kind',
    'id',
    'text',
    'connection',
    'statement',
    'at',
    'seconds',
    'rows',
    'params',
    'endpoint',
    'request',
    'error',
    'pragmas',
    'database',
    'calls',
    'cut',
    'pid',
  ];
  const kinds = ['call', 'statement', 'connection', 'dropped', undefined];
  const lines = Array.from({ length: 4000 }, () => {
    const entry: Record<string, unknown> = { kind: pick(kinds), id: pick(['s1', 'c1']), text: pick(hostile) };
    for (let i = 0; i < 5; i++) entry[pick(keys)] = pick(hostile);
    const line = JSON.stringify(entry);
    return random() < 0.1 ? line.slice(0, Math.floor(random() * line.length)) : line;
  });
  for (const line of lines) {
    const parsed = parseLogLine(line);
    if (parsed?.kind !== 'call') continue;
    assert.ok(parsed.seconds === null || (parsed.seconds >= 0 && parsed.seconds <= 1e7));
    assert.ok(parsed.at === null || (parsed.at >= 0 && parsed.at <= 1e11));
    assert.ok((parsed.endpoint?.length ?? 0) <= 200);
  }
  const { workload } = await shopWorkload(t, {
    logs: [
      fileWith(t, lines.join('\n')),
      fileWith(t, '\0'.repeat(10_000)),
      fileWith(t, `{"text":"${'('.repeat(3 * 2 ** 20)}`),
    ],
  });
  for (const { callers, seconds } of workload.statements) {
    assert.ok(callers.every(({ endpoint }) => !endpoint.includes('\u001b')));
    assert.ok(seconds === null || Number.isFinite(seconds));
  }
  assert.match(workload.sources[2]!.missing.join(), /were cut|not understood/);
});

test('a large log is read within bounds of time and memory', async (t) => {
  const call = (i: number) =>
    `{"kind":"call","connection":"c1","statement":"s${i % 500}","at":${T0 + i / 1000},"seconds":0.0001,"rows":1,"endpoint":"GET /e${i % 20}","request":"r${i >> 3}","params":[${i}]}\n`;
  const texts = Array.from({ length: 500 }, (_, i) => ({
    kind: 'statement',
    id: `s${i}`,
    text: `SELECT ${'id, '.repeat(i % 30)}note AS n${i} FROM orders WHERE device_id = ?`,
  }));
  const log = fileWith(t, `${jsonLines(...texts)}${Array.from({ length: 100_000 }, (_, i) => call(i)).join('')}`);
  const before = process.memoryUsage().rss;
  const startedAt = performance.now();
  const { workload } = await shopWorkload(t, { logs: [log] });
  const seconds = (performance.now() - startedAt) / 1000;
  assert.equal(workload.statements.length, 500);
  assert.equal(workload.sources[0]!.calls, 100_000);
  assert.ok(seconds < 8, `${seconds} s`);
  assert.ok(process.memoryUsage().rss - before < 250 * 2 ** 20);
});
