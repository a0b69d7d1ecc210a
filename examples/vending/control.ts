/**
 * Starts and stops the example as a background process, as an init system would:
 *
 *   node control.ts generate --directory DIR [--scale N]
 *   node control.ts start    --directory DIR --port P
 *   node control.ts stop     --directory DIR
 *   node control.ts run      --directory DIR --port P      (in the foreground)
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    directory: { type: 'string', default: 'data' },
    port: { type: 'string', default: '8321' },
    scale: { type: 'string', default: '1' },
  },
});
const directory = resolve(values.directory);
const database = join(directory, 'vending.db');
const pidFile = join(directory, 'vending.pid');
const logFile = join(directory, 'vending.log');

/** Pid of the running service, or null: the pid file may be stale, so the process has to be ours. */
function runningPid(): number | null {
  if (!existsSync(pidFile)) return null;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  try {
    return Number.isInteger(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory) ? pid : null;
  } catch {
    return null;
  }
}

async function start(): Promise<void> {
  if (runningPid() !== null) return;
  rmSync(pidFile, { force: true });
  const log = openSync(logFile, 'a');
  const child = spawn(
    process.execPath,
    [import.meta.filename, 'run', '--directory', directory, '--port', values.port],
    { detached: true, stdio: ['ignore', log, log] },
  );
  child.unref();
  let exited = false;
  child.once('exit', () => {
    exited = true;
  });
  for (let waited = 0; waited < 10_000; waited += 25) {
    if (existsSync(pidFile)) return;
    if (exited) break;
    await sleep(25);
  }
  throw new Error(`the service did not start, see ${logFile}`);
}

async function stop(): Promise<void> {
  const pid = runningPid();
  if (pid === null) return;
  process.kill(pid, 'SIGTERM');
  for (let waited = 0; waited < 5_000 && runningPid() !== null; waited += 25) await sleep(25);
  if (runningPid() !== null) process.kill(pid, 'SIGKILL');
  rmSync(pidFile, { force: true });
}

async function run(): Promise<void> {
  const { startService } = await import('./service.ts');
  const service = await startService({ database, port: Number(values.port) });
  writeFileSync(pidFile, String(process.pid));
  console.log(`listening on http://127.0.0.1:${service.port}`);
  const end = async () => {
    await service.stop();
    rmSync(pidFile, { force: true });
    process.exit(0);
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}

try {
  if (positionals[0] === 'generate') {
    const { generate } = await import('./generate.ts');
    mkdirSync(directory, { recursive: true });
    console.log(`${generate(database, Number(values.scale))} rows`);
  } else if (positionals[0] === 'start') await start();
  else if (positionals[0] === 'stop') await stop();
  else if (positionals[0] === 'run') await run();
  else throw new Error('expected generate, start, stop or run');
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
