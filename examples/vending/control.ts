/**
 * Starts and stops the example as a background process, as an init system would:
 *
 *   node control.ts generate --directory DIR [--scale N]
 *   node control.ts start    --directory DIR --port P [--log-statements]
 *   node control.ts stop     --directory DIR
 *   node control.ts run      --directory DIR --port P      (in the foreground)
 */
import { spawn } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const DEFAULT_DIRECTORY = 'data';
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    directory: { type: 'string', default: DEFAULT_DIRECTORY },
    port: { type: 'string', default: '8321' },
    scale: { type: 'string', default: '1' },
    // Its statements go to DIR/statements.jsonl, with the endpoints that ask.
    'log-statements': { type: 'boolean', default: false },
  },
});
const directory = resolve(values.directory);
const database = join(directory, 'vending.db');
const pidFile = join(directory, 'vending.pid');
const logFile = join(directory, 'vending.log');

/** Pid of the running service, or null: the pid file may be stale, so the process has to be ours. */
function runningPid(): number | null {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    return Number.isInteger(pid) && isService(pid) ? pid : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** False for a process that has ended, or that is another one's. */
function isService(pid: number): boolean {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const at = args.indexOf('--directory');
    const given = at < 0 ? DEFAULT_DIRECTORY : (args[at + 1] ?? '');
    return args.includes('run') && resolve(readlinkSync(`/proc/${pid}/cwd`), given) === directory;
  } catch {
    return false;
  }
}

/** The pid file is there as soon as the process is, so that `stop` finds it however early it comes. */
async function start(): Promise<void> {
  if (runningPid() !== null) return;
  const log = openSync(logFile, 'a');
  const child = spawn(
    process.execPath,
    [
      import.meta.filename,
      'run',
      ...['--directory', directory, '--port', values.port],
      ...(values['log-statements'] ? ['--log-statements'] : []),
    ],
    { detached: true, stdio: ['ignore', log, log, 'ipc'] },
  );
  if (child.pid !== undefined) writeFileSync(pidFile, String(child.pid));
  const started = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), 10_000);
    const settle = (ready: boolean) => {
      clearTimeout(timer);
      resolve(ready);
    };
    child.once('message', () => settle(true));
    child.once('exit', () => settle(false));
    child.once('error', () => settle(false));
  });
  if (!started) {
    await stop();
    throw new Error(`the service did not start, see ${logFile}`);
  }
  child.disconnect();
  child.unref();
}

async function stop(): Promise<void> {
  const pid = runningPid();
  for (const [signal, patience] of [
    ['SIGTERM', 5_000],
    ['SIGKILL', 1_000],
  ] as const) {
    if (pid === null || !isService(pid)) break;
    send(pid, signal);
    // Itself, not its pid file, which it deletes a moment before it ends.
    for (let waited = 0; waited < patience && isService(pid); waited += 25) await sleep(25);
  }
  if (pid !== null && isService(pid)) throw new Error(`the service (process ${pid}) does not end`);
  rmSync(pidFile, { force: true });
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended in this very moment.
  }
}

async function run(): Promise<void> {
  const { startService } = await import('./service.ts');
  const statementLog = values['log-statements'] ? join(directory, 'statements.jsonl') : undefined;
  const service = await startService({ database, port: Number(values.port), statementLog });
  // `start` has written it already; in the foreground nobody has.
  if (runningPid() !== process.pid) writeFileSync(pidFile, String(process.pid));
  console.log(`listening on http://127.0.0.1:${service.port}`);
  const end = async () => {
    await service.stop();
    if (runningPid() === process.pid) rmSync(pidFile, { force: true });
    process.exit(0);
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  // To `start`, which may be gone by now: nobody has to wait for us.
  process.send?.('listening', () => {});
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
