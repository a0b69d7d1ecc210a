import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { generate } from '../../../../examples/vending/generate.ts';
import { processesWith } from './bad-support.ts';
import { type Ended, pitwall } from './support.ts';

/** What the tests share that interrupt `pitwall demo` as a terminal does: its whole process group gets the signal. */

/** A database of the example with some of its rows, made once for all runs. */
export interface Template {
  readonly file: string;
  readonly shape: string;
  remove(): void;
}

export function makeTemplate(scale: number): Template {
  const folder = mkdtempSync(join(tmpdir(), 'pitwall-template-'));
  const file = join(folder, 'vending.db');
  generate(file, scale);
  return { file, shape: shapeOf(file), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** All that a change of the demo could leave behind: tables, indexes, statistics, journal mode, layout of the file. */
function shapeOf(file: string): string {
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    const pragma = (name: string) => db.prepare(`PRAGMA ${name}`).get();
    return JSON.stringify({
      schema: db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all(),
      pragmas: ['journal_mode', 'auto_vacuum', 'page_size', 'user_version', 'integrity_check'].map(pragma),
    });
  } finally {
    db.close();
  }
}

/** How far a demo is: what it has said, and for how many seconds it has been running. */
export interface Progress {
  readonly directory: string;
  readonly said: string;
  readonly seconds: number;
}

export interface DemoRun extends Ended {
  /** The signal came before the end. */
  readonly interrupted: boolean;
  /** What it had said by then. */
  readonly said: string;
  readonly seconds: number;
}

export interface DemoOptions {
  /** Absent: the demo generates its own database. */
  readonly template?: Template;
  /** Asked every 5 ms until true. */
  when(progress: Progress): boolean;
  /** Seconds from each Ctrl-C to the next, until it has ended. Absent: there is only one. */
  readonly again?: number;
}

/**
 * Runs the demo in a process group and folder of its own, interrupts it, and shows that no process is left and that the
 * database, if there is one, is as it was generated.
 */
export async function interruptDemo({ template, when, again }: DemoOptions): Promise<DemoRun> {
  const directory = mkdtempSync(join(tmpdir(), 'pitwall-demo-test-'));
  const database = join(directory, 'data', 'vending.db');
  const mark = randomUUID();
  try {
    if (template) {
      mkdirSync(join(directory, 'data'));
      copyFileSync(template.file, database);
    }
    const begun = performance.now();
    const seconds = () => (performance.now() - begun) / 1000;
    let group = 0;
    let over = false;
    let said = '';
    const ending = pitwall(['demo', '--directory', directory], {
      cwd: directory,
      env: { PITWALL_TEST_RUN: mark },
      detached: true,
      onStart: (child) => {
        group = child.pid!;
        child.stderr?.on('data', (chunk) => {
          said += chunk;
        });
      },
    });
    void ending.finally(() => {
      over = true;
    });
    while (!over && !when({ directory, said, seconds: seconds() })) await setTimeout(5);
    const [interrupted, saidBefore, at] = [!over, said, seconds()];
    if (!over) signalGroup(group);
    while (again !== undefined && !over) {
      await setTimeout(again * 1000);
      if (!over) signalGroup(group);
    }
    const run: DemoRun = { ...(await ending), interrupted, said: saidBefore, seconds: at };
    const where = `${at.toFixed(2)} s, after: ${saidBefore.trimEnd().split('\n').at(-1)}\n${run.stderr}`;
    const left = processesWith(`PITWALL_TEST_RUN=${mark}`);
    for (const pid of left) process.kill(Number(pid), 'SIGKILL');
    assert.deepEqual(left, [], `a process was left behind: ${where}`);
    if (run.status !== 0) assertTakenBack(run, database, template, where);
    return run;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** As a terminal does it: whoever is in the group at that moment gets it. */
function signalGroup(group: number): void {
  try {
    process.kill(-group, 'SIGINT');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function assertTakenBack(run: DemoRun, database: string, template: Template | undefined, where: string): void {
  const explained = /(^|\n)pitwall: Interrupted\.\nhint: [^\n]+\n$/.test(run.stderr);
  // Null: the signal ended it as any process, before it had begun or when it had nothing left to do but exit.
  if (run.status !== null) assert.equal(run.status, 130, where);
  assert.ok(explained || (run.status === null && run.said === ''), where);
  assert.equal(run.stdout, '', where);
  if (template) assert.equal(shapeOf(database), template.shape, where);
  else if (existsSync(join(database, '..'))) {
    assert.deepEqual(
      readdirSync(join(database, '..')).filter((name) => name.includes('.partial')),
      [],
      where,
    );
  }
}
