import assert from 'node:assert/strict';
import test from 'node:test';
import { PitwallError } from '../../errors.ts';
import type { DatabaseReport, ShownStatement, StatementDetail } from '../../model/database.ts';
import type { Database } from '../../model/integration.ts';
import type { Session } from '../session.ts';
import { withDetails } from './details.ts';
import type { DatabaseTarget } from './targets.ts';

const statement = (id: string, more: Partial<ShownStatement> = {}): ShownStatement => ({
  id,
  text: `SELECT ${id}`,
  kind: 'select',
  tables: [],
  calls: 1,
  seconds: 1,
  planSeconds: null,
  maxSeconds: null,
  rows: null,
  io: null,
  callers: [],
  sources: [],
  notUnderstood: null,
  ...more,
});

/** The statements of a report, by a database that answers so. */
async function detailed(
  database: Partial<Database>,
  statements: readonly ShownStatement[],
  signal = new AbortController().signal,
) {
  const workload = {
    statements,
    window: null,
    sources: [],
    loops: [],
    total: { statements: 1, calls: 1, seconds: 1 },
  };
  const report: DatabaseReport = { target: 'db', workload };
  const at = { target: { id: 'db' }, database, connection: null } as unknown as DatabaseTarget;
  let now = 0;
  const session = { environment: { now: () => now++ } } as unknown as Session;
  return (await withDetails(session, report, [at], signal)).workload!.statements;
}

const STEP = {
  details: [],
  expectedRows: null,
  actualRows: null,
  loops: null,
  seconds: null,
  cost: null,
  marks: [],
};

test('what was watched for this workload goes before what was seen later', async () => {
  const waits = [{ type: 'Lock', event: 'tuple', share: 1, count: 4 }];
  const later: StatementDetail = {
    waits: [{ type: 'CPU', event: 'CPU', share: 1, count: 1 }],
    plan: { heaviest: null, reads: ['Seq Scan on t'], indexes: [], from: 'planner' },
  };
  const [a, b, c] = await detailed(
    {
      details: async () =>
        new Map([
          ['a', later],
          ['b', later],
        ]),
    },
    [statement('a', { waits }), statement('b'), statement('c')],
  );
  assert.deepEqual([a!.waits, a!.plan], [waits, later.plan]);
  assert.deepEqual(b!.waits, later.waits);
  assert.ok(!('waits' in c!) && !('plan' in c!));
});

test('a database without details is asked for plans one by one, for a while, and what it cannot plan has none', async () => {
  const asked: string[] = [];
  const explain: Database['explain'] = async (_, { text, run }) => {
    assert.equal(run, false);
    asked.push(text);
    if (text === 'SELECT b') throw new PitwallError('NO_DATABASE');
    const plan = { ...STEP, title: 'Statement', children: [{ ...STEP, title: 'SCAN t', children: [] }] };
    return { text, plan, planSeconds: null, seconds: null, indexes: ['i'], notes: [] };
  };
  const all = [
    statement('vacuum', { kind: 'utility' }),
    statement('odd', { notUnderstood: 'it is odd' }),
    ...['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((id) => statement(id)),
  ];
  const shown = await detailed({ explain }, all);
  assert.deepEqual(asked, ['SELECT a', 'SELECT b', 'SELECT c', 'SELECT d'], 'until its seconds are over');
  const planned = shown.filter(({ plan }) => plan !== undefined);
  assert.deepEqual(
    planned.map(({ id }) => id),
    ['a', 'c', 'd'],
  );
  assert.deepEqual(planned[0]!.plan, { heaviest: null, reads: ['SCAN t'], indexes: ['i'], from: 'planner' });
  const ended = AbortSignal.abort(new Error('stopped'));
  const explainEnded: Database['explain'] = async () => {
    throw new PitwallError('NO_DATABASE');
  };
  await assert.rejects(detailed({ explain: explainEnded }, all, ended), /stopped/);
});
