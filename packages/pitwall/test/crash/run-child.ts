import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Change, JournalState } from '../../src/model/change.ts';
import { openStore } from '../../src/store/sqlite.ts';
import { recover } from '../../src/tune/recover.ts';
import {
  contextOf,
  type Fingerprint,
  fingerprint,
  type Kind,
  makeChange,
  makePlace,
  type Place,
  removePlace,
} from './support.ts';

export interface ChildRun {
  readonly pid: number;
  readonly output: readonly string[];
  readonly killed: boolean;
  /** Milliseconds from `ready` to the end. */
  readonly duration: number;
}

export type Mode = 'apply' | 'apply-keep' | 'apply-undo' | 'recover';

interface ChildOptions {
  readonly killAt?: string;
  /** Waits when this step begins, until `whileHeld` has ended. */
  readonly holdAt?: string;
  readonly whileHeld?: () => Promise<void>;
  /** Milliseconds after `ready`. */
  readonly killAfter?: number;
  /** Command and arguments to run Node under (a limit). */
  readonly under?: readonly string[];
}

export async function runChild(place: Place, mode: Mode, options: ChildOptions = {}): Promise<ChildRun> {
  const [command = '', ...args] = [
    ...(options.under ?? []),
    process.execPath,
    join(import.meta.dirname, 'apply-child.ts'),
    place.directory,
    mode,
    ...(options.killAt === undefined ? [] : [options.killAt]),
    ...(options.holdAt === undefined ? [] : ['--hold', options.holdAt]),
  ];
  const child: ChildProcess = spawn(command, args, {
    stdio: [options.holdAt === undefined ? 'ignore' : 'pipe', 'pipe', 'inherit'],
    // Starting is most of what these tests cost; children that end by themselves leave their compiled modules here.
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'pitwall-crash-compile-cache') },
  });
  let text = '';
  let startedAt = 0;
  let held: Promise<void> | null = null;
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (held === null && /^held$/m.test(text)) {
      held = (options.whileHeld ?? (async () => {}))().finally(() => child.stdin?.end());
    }
    if (startedAt !== 0 || !text.startsWith('ready\n')) return;
    startedAt = performance.now();
    if (options.killAfter !== undefined) void sleep(options.killAfter).then(() => child.kill('SIGKILL'));
  });
  const signal = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (_code, how) => resolve(how));
  });
  await held;
  return {
    pid: child.pid!,
    output: text.split('\n').filter((line) => line !== ''),
    killed: signal === 'SIGKILL',
    duration: startedAt === 0 ? 0 : performance.now() - startedAt,
  };
}

/** A database before the change and what it looks like before and after, to be copied for each kill. */
export interface Specimen {
  readonly kind: Kind;
  readonly template: Place;
  readonly change: Change;
  readonly original: Fingerprint;
  readonly completed: Fingerprint;
  /** All steps of an undisturbed apply that is kept, and of one that is taken back. */
  readonly steps: { readonly 'apply-keep': readonly string[]; readonly 'apply-undo': readonly string[] };
  /** Milliseconds of an undisturbed run. */
  readonly duration: Readonly<Record<'apply-keep' | 'apply-undo', number>>;
}

export async function makeSpecimen(kind: Kind, rows: number): Promise<Specimen> {
  const template = makePlace(kind, rows);
  const change = await makeChange(kind, template);
  const original = fingerprint(template.database);
  const steps: Record<string, readonly string[]> = {};
  const duration: Record<string, number> = {};
  let completed = original;
  for (const mode of ['apply-undo', 'apply-keep'] as const) {
    const place = copyOf(template, change);
    const run = await runChild(place, mode);
    if (run.output.at(-1) !== 'done') throw new Error(`${kind} ${mode} did not end well: ${run.output.join(', ')}`);
    steps[mode] = run.output.slice(1, -1);
    duration[mode] = run.duration;
    completed = fingerprint(place.database);
    removePlace(place);
  }
  return { kind, template, change, original, completed, steps, duration } as unknown as Specimen;
}

let copies = 0;

export function copyOf(template: Place, change: Change): Place {
  copies += 1;
  const directory = `${template.directory}-${process.pid}-${copies}`;
  const place = { directory, database: join(directory, 'sales.db'), state: join(directory, 'state') };
  mkdirSync(place.state, { recursive: true, mode: 0o700 });
  copyFileSync(template.database, place.database);
  writeFileSync(join(directory, 'change.json'), JSON.stringify(change));
  return place;
}

export interface Aftermath {
  readonly now: Fingerprint;
  readonly states: readonly JournalState[];
  readonly unfinished: number;
  readonly outcomes: readonly string[];
  /** Folders and files of originals that are left. */
  readonly kept: readonly string[];
}

/** Recovers (this process knows nothing of the one that was killed) and looks at everything. */
export async function recoverHere(place: Place): Promise<Aftermath> {
  const store = await openStore(place.state);
  try {
    const context = contextOf(place, store.journal);
    const outcomes = (await recover(context)).map(({ outcome, because }) => `${outcome}: ${because}`);
    const states = (await store.journal.list()).map(({ state }) => state);
    const unfinished = (await store.journal.unfinished()).length;
    const kept = existsSync(context.keepDirectory)
      ? readdirSync(context.keepDirectory, { recursive: true, encoding: 'utf8' })
      : [];
    return { now: fingerprint(place.database), states, unfinished, outcomes, kept };
  } finally {
    await store.close();
  }
}

export function removeSpecimen({ template }: Specimen): void {
  rmSync(template.directory, { recursive: true, force: true });
}
