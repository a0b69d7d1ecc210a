import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

export const BIN = join(import.meta.dirname, '..', '..', 'bin', 'pitwall.js');

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A command that runs it, such as `prlimit …`. */
  readonly through?: readonly string[];
  /** Leads a process group of its own, as a command that a terminal started. */
  readonly detached?: boolean;
  /** Gets the process, to interrupt it at a certain moment. */
  onStart?(child: ChildProcess): void;
}

/** V8 aborts in rare cases when threads end (some runs in a thousand): https://github.com/nodejs/node/issues/64500. */
const V8_ABORTED = /Check failed: jit_page/;

/** Runs the command line as a user would, in a folder of its own and with locks of its own. */
export async function pitwall(args: readonly string[], options: CliOptions): Promise<Ended> {
  const ended = await runOnce(args, options);
  // Whoever interrupts it at a certain moment has had that moment.
  if (ended.status !== null || !V8_ABORTED.test(ended.stderr) || options.onStart !== undefined) return ended;
  console.error(`V8 aborted in pitwall ${args.join(' ')}; once more`);
  return await runOnce(args, options);
}

function runOnce(args: readonly string[], options: CliOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const [file, ...rest] = [...(options.through ?? []), process.execPath, BIN, ...args];
    const child = spawn(file!, rest, {
      cwd: options.cwd,
      env: { ...process.env, NO_COLOR: '1', XDG_RUNTIME_DIR: options.cwd, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: options.detached ?? false,
    });
    options.onStart?.(child);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', (status) => {
      resolve({ status, stdout, stderr });
    });
  });
}

/**
 * Runs several command lines one after the other in one process: what is refused before anything begins does not need half a
 * second of starting Node for each. Secrets that one line has read are hidden from the output of all later ones.
 */
export async function pitwallEach(
  lines: readonly (readonly string[])[],
  { cwd, env }: CliOptions,
): Promise<readonly Ended[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'each-line.ts'), JSON.stringify(lines)], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', XDG_RUNTIME_DIR: cwd, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let [result, complaints] = ['', ''];
  (child.stdio[3] as Readable).setEncoding('utf8').on('data', (text: string) => {
    result += text;
  });
  child.stderr!.on('data', (chunk) => {
    complaints += chunk;
  });
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0 || complaints !== '') throw new Error(`it ended with ${status}: ${complaints}`);
  return JSON.parse(result) as readonly Ended[];
}

/** A temporary folder that is gone after `work`. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'pitwall-cli-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
