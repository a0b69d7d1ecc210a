/**
 * How long advice and reading take on PostgreSQL, and what they need of memory, each in a process of its own:
 * 500 fingerprints over 100 tables advised without building anything (≤ 60 s), 10,000 fingerprints read and ranked (≤ 5 s),
 * neither with more than 300 MiB of resident memory, the runtime's own included, with a heap of 160 MiB.
 */
import { spawnSync } from 'node:child_process';
import type { IndexAdvice, Workload } from '../../packages/pitwall/src/model/database.ts';
import { withoutPostgresql } from '../../packages/pitwall/test/support/postgresql.ts';
import { table } from '../table.ts';
import { startEngine } from './engines/postgresql.ts';
import { ALLOWED, connected, context, workloadOf } from './peers/pitwall.ts';
import type { WorkloadDefinition } from './types.ts';
import { distinctStatements, loadManyTables, manyStatements, TABLES } from './workloads/many-tables.ts';

const FINGERPRINTS = 10_000;
const BARS = { advise: 60, workload: 5, mebibytes: 300 };
/** Seconds of one call, as a workload's record would have them: the same for all, so that none falls away as too small. */
const CALL_SECONDS = 0.002;

/** MiB that V8 may hold: left to itself it collects late, because the machine has room, and that says nothing of what is needed. */
const HEAP = '--max-old-space-size=160';

interface Measured {
  readonly seconds: number;
  /** The most that the process had at any time, and what of it came with the work. */
  readonly bytes: number;
  readonly more: number;
  readonly what: string;
}

/** In the process that is measured. */
async function measured(what: 'advise' | 'workload', location: string): Promise<Measured> {
  return connected(
    { engine: 'postgresql', location },
    async ({ database }, connection) => {
      if (database === undefined) throw new Error('the integration postgresql gives no advice yet');
      const statements = manyStatements();
      const seconds = new Map(statements.map(({ name }) => [name, CALL_SECONDS]));
      const workload = workloadOf('postgresql', statements, seconds, TABLES);
      const before = process.memoryUsage.rss();
      const startedAt = performance.now();
      const answer: IndexAdvice | Workload =
        what === 'advise'
          ? await database.advise(connection, { workload, budget: null, measure: false, seed: 1 }, context)
          : await database.workload(connection, { previous: null, watch: 0 }, context);
      const took = (performance.now() - startedAt) / 1000;
      // The kernel's high-water mark, in KiB.
      const bytes = process.resourceUsage().maxRSS * 1024;
      return {
        seconds: took,
        bytes,
        more: Math.max(0, bytes - before),
        what:
          'proposals' in answer
            ? `${answer.proposals.length} proposals, ${answer.whatIf}, ${answer.cost.statements} statements sent`
            : `${answer.statements.length} fingerprints`,
      };
    },
    ALLOWED,
  );
}

async function main(): Promise<boolean> {
  const without = withoutPostgresql();
  if (without) {
    console.log(without);
    return false;
  }
  const engine = await startEngine({ 'pg_stat_statements.max': '20000' });
  try {
    const many: WorkloadDefinition = {
      id: 'many',
      title: 'many tables',
      engines: ['postgresql'],
      cap: 5,
      load: loadManyTables,
      statements: manyStatements,
    };
    await engine.load(many, 1);
    const copy = await engine.copy('speed');
    await copy.settle();
    await copy.exec('SELECT pg_stat_statements_reset()');
    for (const sql of distinctStatements(FINGERPRINTS)) await copy.exec(sql);
    const [kept] = await copy.rows("SELECT count(*) AS n FROM pg_stat_statements WHERE query LIKE 'SELECT % AS one %'");
    if (Number(kept!.n) !== FINGERPRINTS) throw new Error(`pg_stat_statements kept ${kept!.n} of ${FINGERPRINTS}`);
    const child = (what: string): Measured => {
      const stdio = ['ignore', 'pipe', 'pipe'] as const;
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [HEAP, import.meta.filename, what, copy.location],
        {
          encoding: 'utf8',
          stdio: [...stdio],
        },
      );
      if (status !== 0) throw new Error(stderr.trim());
      return JSON.parse(stdout) as Measured;
    };
    const [read, advised] = [child('workload'), child('advise')];
    await copy.remove();
    const row = (title: string, { seconds, bytes, more, what }: Measured, bar: number) => [
      title,
      `${seconds.toFixed(1)} s${seconds > bar ? ' MISSED' : ''}`,
      `≤ ${bar} s`,
      `${(bytes / 2 ** 20).toFixed(0)} MiB${bytes > BARS.mebibytes * 2 ** 20 ? ' MISSED' : ''}`,
      `${(more / 2 ** 20).toFixed(0)} MiB`,
      what,
    ];
    table(
      ['what', 'took', 'bar', `memory, bar ${BARS.mebibytes} MiB`, 'of it for the work', 'answer'],
      [
        row(`${manyStatements().length} fingerprints over ${TABLES.length} tables advised`, advised, BARS.advise),
        row(`${FINGERPRINTS} fingerprints read and ranked`, read, BARS.workload),
      ],
    );
    const enough = ({ seconds, bytes }: Measured, bar: number) => seconds <= bar && bytes <= BARS.mebibytes * 2 ** 20;
    return enough(advised, BARS.advise) && enough(read, BARS.workload);
  } finally {
    await engine.close();
  }
}

const [what, location] = process.argv.slice(2);
try {
  if (location !== undefined && (what === 'advise' || what === 'workload'))
    console.log(JSON.stringify(await measured(what, location)));
  else if (!(await main())) process.exitCode = 1;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
