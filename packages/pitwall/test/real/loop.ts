import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseDocument } from 'yaml';
import type { Plan } from '../../src/model/change.ts';
import type { Report } from '../../src/model/report.ts';

const BIN = join(import.meta.dirname, '..', '..', 'bin', 'pitwall.js');

/** A program that somebody else wrote, installed, filled and running. */
export interface RunningApplication {
  readonly url: string;
  /** The file that `init` has to find; null when the application has no database. */
  readonly database: string | null;
  /** Said in the summary: how much data there is. */
  readonly contents: Readonly<Record<string, number>>;
  /** What a user adds to the file that `init` wrote: statements that the application issues, and a mix of requests. */
  readonly queries: Readonly<Record<string, string>>;
  readonly endpoints: readonly object[];
  /** Argument vectors, where the service may be stopped for a change. */
  readonly control: { readonly stop: readonly string[]; readonly start: readonly string[] } | null;
}

export interface Application {
  readonly id: string;
  /** Executables without which it is skipped, and the Debian packages that have them. */
  readonly needs: Readonly<Record<string, string>>;
  version(): Promise<string>;
  /**
   * Fills and starts it inside `folder`; `started` is told at once how to find its processes, so that they are ended also
   * when it never answers. Throws with a reason.
   */
  start(folder: string, started: (pids: () => readonly number[]) => void): Promise<RunningApplication>;
}

/** What became of one application, as data: the summary and the test read this. */
export interface Result {
  readonly application: string;
  readonly skipped: string | null;
  readonly version?: string;
  readonly contents?: Readonly<Record<string, number>>;
  readonly database?: { readonly expected: string | null; readonly detected: readonly string[] };
  /** Exit codes by step; `unchanged` is `check` with the very file that `init` wrote. */
  readonly exits?: Readonly<Record<string, number | null>>;
  readonly findings?: readonly { readonly rule: string; readonly subject: string; readonly severity: string }[];
  readonly planned?: readonly string[];
  readonly leftOut?: readonly string[];
  readonly outcomes?: Report['outcomes'];
  readonly load?: { readonly requestsPerSecond: number; readonly valid: boolean } | null;
  readonly schemaRestored?: boolean;
  readonly journalMode?: { readonly before: string; readonly after: string } | null;
  /** Process ids that should have ended. */
  readonly stillRunning?: readonly number[];
  /** What the steps said on stderr when their exit code was not expected. */
  readonly complaints?: readonly string[];
  readonly seconds?: number;
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. `input` goes to its standard input. Rejects when it cannot be started. */
export function run(
  file: string,
  args: readonly string[],
  options: { cwd: string; env?: Readonly<Record<string, string>>; input?: string },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...options.env };
    const child = spawn(file, args, { cwd: options.cwd, env, stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
}

export async function must(...call: Parameters<typeof run>): Promise<string> {
  const { status, stdout, stderr } = await run(...call);
  if (status !== 0) throw new Error(`${call[0]} ${call[1][0] ?? ''} ended with ${status}: ${stderr.slice(0, 300)}`);
  return stdout;
}

/** A server as a child of this process. Its output goes nowhere; its id is in `pid`. */
export function serve(file: string, args: readonly string[], cwd: string, env = {}): ChildProcess {
  return spawn(file, args, { cwd, env: { ...process.env, ...env }, stdio: 'ignore' });
}

/** Waits until `ready` says so; throws when it has not after `seconds`. Errors of `ready` mean not yet. */
export async function until(ready: () => Promise<boolean>, what: string, seconds: number): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await ready().catch(() => false))) {
    if (Date.now() > end) throw new Error(`${what} did not happen within ${seconds} s`);
    await sleep(200);
  }
}

export function isRunning(pid: number): boolean {
  // A zombie has ended; only its parent has not asked yet.
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return false;
  try {
    return !/\) Z /.test(readFileSync(stat, 'latin1'));
  } catch {
    return false;
  }
}

/** Ends processes by id: asks first, and insists after five seconds. */
export async function end(pids: readonly number[]): Promise<void> {
  for (const [signal, seconds] of [
    ['SIGTERM', 5],
    ['SIGKILL', 5],
  ] as const) {
    for (const pid of pids.filter(isRunning)) process.kill(pid, signal);
    await until(async () => !pids.some(isRunning), 'their end', seconds).catch(() => {});
  }
}

interface DatabaseState {
  readonly schema: string;
  readonly journalMode: string;
}

function stateOf(file: string): DatabaseState {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const schema = database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all();
    const mode = database.prepare('PRAGMA journal_mode').get();
    return { schema: JSON.stringify(schema), journalMode: String(mode?.journal_mode) };
  } finally {
    database.close();
  }
}

/** init → check → load → plan → apply → rollback, as typed by a user, in a folder of its own and with a lock of its own. */
export async function runLoop(
  application: Application,
  running: RunningApplication,
  folder: string,
  say: (text: string) => void,
): Promise<Omit<Result, 'application' | 'skipped' | 'stillRunning' | 'seconds'>> {
  const exits: Record<string, number | null> = {};
  const complaints: string[] = [];
  const pitwall = async (step: string, args: readonly string[], expected: readonly number[]): Promise<string> => {
    say(`${application.id}: pitwall ${args.join(' ')}`);
    const env = { NO_COLOR: '1', XDG_RUNTIME_DIR: folder };
    const { status, stdout, stderr } = await run(process.execPath, [BIN, ...args], { cwd: folder, env });
    exits[step] = status;
    if (status === null || !expected.includes(status))
      complaints.push(`${step} ended with ${status}: ${stderr.trim()}`);
    return stdout;
  };
  const before = running.database === null ? null : stateOf(running.database);

  await pitwall('init', ['init', running.url, '--force'], [0]);
  const written = parseDocument(readFileSync(join(folder, 'pitwall.yaml'), 'utf8'));
  const targets = (written.toJS() as { targets: Record<string, { integration?: string; path?: string }> }).targets;
  const databases = Object.entries(targets).filter(([, { integration }]) => integration === 'sqlite');
  await pitwall('unchanged', ['check', '--json'], [0, 1]);

  const own = databases.find(([, { path }]) => path === running.database)?.[0];
  if (own !== undefined) written.setIn(['targets', own, 'queries'], running.queries);
  if (running.endpoints.length > 0) written.setIn(['load', 'endpoints'], running.endpoints);
  written.setIn(['load', 'users'], 4);
  written.setIn(['load', 'duration'], '5s');
  if (running.control) {
    written.setIn(['service', 'stop'], running.control.stop);
    written.setIn(['service', 'start'], running.control.start);
  }
  writeFileSync(join(folder, 'tuned.yaml'), String(written));
  const config = ['--config', 'tuned.yaml'];
  const restart = running.control ? ['--allow-restart'] : [];

  const checked = reportIn(await pitwall('check', ['check', '--json', ...config], [0, 1]));
  const loaded = reportIn(await pitwall('load', ['load', '--json', ...config], [0, 1, 3]));
  const planned = await pitwall('plan', ['plan', '--json', '-o', 'plan.json', ...restart, ...config], [0]);
  const plan = planned === '' ? null : (JSON.parse(planned) as Plan);
  const applied = reportIn(await pitwall('apply', ['apply', 'plan.json', '--json', ...restart, ...config], [0, 4]));
  await pitwall('history', ['history', ...config], [0]);
  await pitwall('rollback', ['rollback', 'all', ...restart, ...config], [0]);

  const after = running.database === null ? null : stateOf(running.database);
  return {
    contents: running.contents,
    database: { expected: running.database, detected: databases.map(([, { path }]) => String(path)) },
    exits,
    complaints,
    findings: (checked?.findings ?? []).map(({ rule, subject, severity }) => ({ rule, subject, severity })),
    planned: (plan?.changes ?? []).map(({ preview }) => preview.apply),
    leftOut: (plan?.leftOut ?? []).map(({ what, because }) => `${what}: ${because}`),
    outcomes: applied?.outcomes ?? [],
    load: loaded?.load ? { requestsPerSecond: loaded.load.requestsPerSecond, valid: loaded.load.valid } : null,
    schemaRestored: before?.schema === after?.schema,
    journalMode: before && after ? { before: before.journalMode, after: after.journalMode } : null,
  };
}

function reportIn(stdout: string): Report | null {
  return stdout === '' ? null : (JSON.parse(stdout) as Report);
}
