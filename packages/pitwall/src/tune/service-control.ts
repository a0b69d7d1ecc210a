import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PitwallError, printable, reasonOf } from '../errors.ts';
import type { ServiceControl } from '../model/config.ts';
import type { Exclusive } from './context.ts';
import { syncDirectory } from './keep-directory.ts';

export interface ServiceOptions {
  readonly control: ServiceControl;
  /** Working directory of the commands (the configuration file's folder). */
  readonly directory: string;
  /** The commands' output goes to files here, and the note that the service is stopped. */
  readonly stateDirectory: string;
  /** Resolves when the service serves; rejects when it does not within its time. */
  healthy(): Promise<void>;
}

/** What a terminal and an init system send to a process group. */
const GROUP_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
/** Times that a command is begun when such a signal hits it in its first moment: more than anybody presses Ctrl-C. */
const ATTEMPTS = 50;
/** Seconds from the fork in which a process may not yet have a session of its own, on a busy machine. */
const SPAWN_MOMENT = 1;

/** Characters of a command's output that a message quotes. */
const QUOTED_OUTPUT = 200;

/**
 * Has the target alone: stops the service, works, and starts the service again whatever became of the work. A note on disk
 * says for how long the service is down by our doing, so that a kill in between is made good by `startIfLeftStopped`.
 *
 * Throws SERVICE_CONTROL_FAILED, or what `healthy` rejects with; when both work and start fail, the failure of the start
 * (a service that is down is the worse news), with the other as its cause.
 */
export function serviceExclusive(options: ServiceOptions): Exclusive {
  return async (work) => {
    noteStopped(options);
    let result: Awaited<ReturnType<typeof work>>;
    try {
      await run(options, 'stop');
      result = await work();
    } catch (error) {
      await start(options, error);
      throw error;
    }
    await start(options);
    return result;
  };
}

/** A service that is stopped by our doing. */
interface LeftStopped {
  /** Who stopped it (still at work when it is alive); null when the note cannot be read. */
  readonly pid: number | null;
  readonly since: Date;
}

const noteSchema = z.object({
  pid: z.number().int().positive(),
  start: z.array(z.string()).min(1),
  directory: z.string(),
  timeout: z.number().positive(),
});

type Note = z.infer<typeof noteSchema>;

/** Who stopped the service for a change and has not started it again; null when nobody has. Reads only, never throws. */
export function leftStopped(stateDirectory: string): LeftStopped | null {
  const status = statSync(noteOf({ stateDirectory }), { throwIfNoEntry: false });
  if (!status) return null;
  return { pid: readNote(stateDirectory)?.pid ?? null, since: status.mtime };
}

/**
 * Starts the service when an earlier run was killed while it had it stopped: with the configured command or, when the
 * configuration has none any more (`control` is null), with the one recorded when it was stopped. True when it did.
 *
 * Throws SERVICE_CONTROL_FAILED, or what `healthy` rejects with.
 */
export async function startIfLeftStopped(
  options: Omit<ServiceOptions, 'control'> & { readonly control: ServiceControl | null },
): Promise<boolean> {
  if (!existsSync(noteOf(options))) return false;
  if (options.control) {
    await start({ ...options, control: options.control });
    return true;
  }
  const note = readNote(options.stateDirectory);
  if (!note) {
    const reason = `${noteOf(options)}, which says that it was left stopped, cannot be read, and none is configured`;
    throw new PitwallError('SERVICE_CONTROL_FAILED', { action: 'start', reason });
  }
  const { start: command, directory, timeout } = note;
  await start({ ...options, directory, control: { start: command, stop: command, timeout } });
  return true;
}

/** Null when there is none, or none that can be read. */
function readNote(stateDirectory: string): Note | null {
  try {
    return noteSchema.parse(JSON.parse(readFileSync(noteOf({ stateDirectory }), 'utf8')));
  } catch {
    return null;
  }
}

async function start(options: ServiceOptions, cause?: unknown): Promise<void> {
  await run(options, 'start', cause);
  await options.healthy();
  rmSync(noteOf(options), { force: true });
}

function noteOf({ stateDirectory }: Pick<ServiceOptions, 'stateDirectory'>): string {
  return join(stateDirectory, 'service-stopped.json');
}

/** Durably, and whole or not at all: it is the only thing that says so after a kill. */
function noteStopped(options: ServiceOptions): void {
  const { control, directory, stateDirectory } = options;
  const note: Note = { pid: process.pid, start: [...control.start], directory, timeout: control.timeout };
  const file = noteOf(options);
  const descriptor = openSync(`${file}.new`, 'w', 0o600);
  try {
    writeSync(descriptor, `${JSON.stringify(note)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(`${file}.new`, file);
  syncDirectory(stateDirectory);
}

/**
 * Runs one command, without a shell. It gets a session of its own, so that Ctrl-C at our terminal does not end it (or the
 * service that it starts); its output goes to a file and not to a pipe, because a daemon that inherits a pipe dies of
 * writing to it once we are gone.
 */
async function run(options: ServiceOptions, action: 'stop' | 'start', cause?: unknown): Promise<void> {
  const { control, directory, stateDirectory } = options;
  const [command, ...args] = control[action];
  const failed = (reason: string) => new PitwallError('SERVICE_CONTROL_FAILED', { action, reason }, { cause });
  if (command === undefined) throw failed('it is empty');
  const log = join(stateDirectory, `service-${action}.log`);
  const output = openSync(log, 'w', 0o600);
  let problem: string | null = null;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const ended = await runOnce(command, args, directory, output, control.timeout);
    problem = ended.problem;
    // Between its fork and its own session a process still is in our group: a Ctrl-C in that moment ends it before it begins.
    if (ended.signal === null || !GROUP_SIGNALS.includes(ended.signal) || ended.seconds > SPAWN_MOMENT) break;
  }
  closeSync(output);
  if (problem === null) return;
  const said = printable(readFileSync(log, 'utf8').slice(-QUOTED_OUTPUT));
  throw failed(said === '' ? problem : `${problem}; it said: ${said}`);
}

interface CommandEnd {
  readonly problem: string | null;
  readonly signal: NodeJS.Signals | null;
  readonly seconds: number;
}

function runOnce(
  command: string,
  args: readonly string[],
  directory: string,
  output: number,
  timeLimit: number,
): Promise<CommandEnd> {
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: directory, stdio: ['ignore', output, output], detached: true });
    const end = (problem: string | null, signal: NodeJS.Signals | null = null) => {
      clearTimeout(timer);
      resolve({ problem, signal, seconds: (performance.now() - started) / 1000 });
    };
    const timer = setTimeout(() => {
      killGroup(child.pid);
      end(`it did not end within ${timeLimit} s`);
    }, timeLimit * 1000);
    child.once('error', (error) => end(reasonOf(error)));
    child.once('exit', (code, signal) =>
      end(code === 0 ? null : `it ended with ${signal ?? `exit status ${code}`}`, signal),
    );
  });
}

/** The command and what it started: it leads a process group of its own. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended in this very moment.
  }
}
