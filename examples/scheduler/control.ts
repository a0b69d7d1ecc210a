/**
 * The example from the command line:
 *
 *   node control.ts generate [--rows 5000000]      makes the tables anew
 *   node control.ts run      [--port 8322]         the service, in the foreground
 *
 * The database is the one that SCHEDULER_DATABASE names (`postgres://user:password@host/database`), or --database.
 */
import { parseArgs } from 'node:util';
import { clear, generate } from './generate.ts';
import { startService } from './service.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    database: { type: 'string', default: process.env.SCHEDULER_DATABASE ?? 'postgres://localhost/scheduler' },
    port: { type: 'string', default: '8322' },
    rows: { type: 'string', default: '500000' },
  },
});

try {
  if (positionals[0] === 'generate') {
    const executions = Number(values.rows);
    if (!Number.isInteger(executions) || executions < 1000 || executions > 5_000_000)
      throw new Error('expected --rows from 1000 to 5000000');
    const startedAt = performance.now();
    await clear(values.database);
    const rows = await generate(values.database, executions, (what, seconds) =>
      console.log(`${seconds.toFixed(1).padStart(7)} s  ${what}`),
    );
    console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${rows} rows in all`);
  } else if (positionals[0] === 'run') {
    const service = await startService({ database: values.database, port: Number(values.port) });
    console.log(`listening on http://127.0.0.1:${service.port}`);
    const end = () => service.stop().then(() => process.exit(0));
    process.once('SIGTERM', end);
    process.once('SIGINT', end);
  } else throw new Error('expected generate or run');
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
