import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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

/** Runs the command line as a user would, in a folder of its own and with locks of its own. */
export function pitwall(args: readonly string[], options: CliOptions): Promise<Ended> {
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

/** A temporary folder that is gone after `work`. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'pitwall-cli-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
