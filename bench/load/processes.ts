/** Programs of the load benches: pinned to cores, started and ended by their id. */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';

export function installed(program: string): boolean {
  try {
    execFileSync('test', ['-x', program]);
    return true;
  } catch {
    return false;
  }
}

export const canPin = availableParallelism() >= 2 && installed('/usr/bin/taskset');

/** The same command on one core. */
export function pinned(core: number, argv: readonly string[]): string[] {
  return canPin ? ['/usr/bin/taskset', '-c', String(core), ...argv] : [...argv];
}

/** Runs a program on a core to its end; its standard output. Rejects when it fails. */
export function run(core: number, argv: readonly string[]): Promise<string> {
  const [program, ...rest] = pinned(core, argv);
  const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(output) : reject(new Error(`${argv[0]} ended with ${code}`))));
  });
}

/** Starts a server on a core; `cpu`: seconds that it used so far; `stop` ends it and waits for its end. */
export function start(
  core: number,
  argv: readonly string[],
): { readonly cpu: () => number; readonly stop: () => Promise<unknown> } {
  const [program, ...rest] = pinned(core, argv);
  const child = spawn(program!, rest, { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  return {
    cpu: () => cpuOf(child.pid!, 11),
    stop: () => {
      child.kill();
      return ended;
    },
  };
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Waits until something answers on that port, at most 5 s. */
export async function waitForPort(port: number): Promise<void> {
  const net = await import('node:net');
  for (let tries = 0; tries < 100; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = net.connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** CPU seconds of all children that have ended. */
export function childrenCpu(): number {
  return cpuOf('self', 13);
}

/** User and system time from /proc/PID/stat, in ticks of 10 ms; `first` counts from 0 after the name (proc(5): field 14 is 11). */
function cpuOf(process: number | 'self', first: 11 | 13): number {
  const fields = readFileSync(`/proc/${process}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[first]) + Number(fields[first + 1])) / 100;
}

export const numberIn = (output: string, pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? Number.NaN);
