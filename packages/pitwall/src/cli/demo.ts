import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { realEnvironment } from '../engine/platform.ts';
import { openSession } from '../engine/session.ts';
import { openStateStore } from '../engine/state.ts';
import { rollBackKept } from '../engine/take-back.ts';
import { type LoopResult, tuneLoop } from '../engine/tune-loop.ts';
import { type ExitCode, PitwallError } from '../errors.ts';
import { integrationIds, loadIntegration } from '../integrations/registry.ts';
import type { Plan } from '../model/change.ts';
import { renderPlan } from '../report/plan.ts';
import type { Invocation, Run } from './command.ts';
import { emitReport, flag, print, progressOf, terminalWidth, text, wantsColor, writeReportFile } from './context.ts';
import { type ExampleService, prepareExample } from './demo/example-service.ts';
import { outcomeLine, recoveredLine } from './lines.ts';
import { writePlanFile } from './plan-output.ts';
import type { Progress } from './progress.ts';

const ROUNDS = 2;

export const run: Run = async (invocation) => {
  const given = text(invocation, 'directory');
  const directory = given === undefined ? mkdtempSync(join(tmpdir(), 'pitwall-demo-')) : resolve(given);
  let finished = false;
  try {
    mkdirSync(directory, { recursive: true });
    const example = await prepareExample('vending', directory);
    const exitCode = await withService(example, invocation);
    finished = true;
    return exitCode;
  } finally {
    // What stays is the report, the plans and the configuration; interrupted, nothing.
    if (given === undefined) rmSync(finished ? join(directory, 'data') : directory, { recursive: true, force: true });
  }
};

async function withService(example: ExampleService, invocation: Invocation): Promise<ExitCode> {
  const { signal } = invocation;
  const progress = progressOf(invocation);
  try {
    if (existsSync(example.database)) {
      // What an earlier demo left running, if it was killed, listens on another port.
      await example.stop();
    } else {
      progress.say('Generating a database of about a million rows');
      await example.generate(signal);
    }
    progress.say('Starting the example service');
    await example.start(signal);
    return await demo(example, progress, invocation);
  } finally {
    // If this fails it is the worse news, whatever ended the demo: a service that stays.
    await example.stop();
  }
}

async function demo(example: ExampleService, progress: Progress, invocation: Invocation): Promise<ExitCode> {
  const { signal } = invocation;
  const loaded = await loadConfig(example.configFile, {
    environment: process.env,
    registry: { ids: integrationIds(), load: loadIntegration },
  });
  const store = await openStateStore(loaded.config);
  const session = await openSession(loaded, realEnvironment, signal);
  try {
    const result = await tuneLoop(session, store, {
      command: invocation.command,
      signal,
      window: 1,
      rounds: ROUNDS,
      limit: 7,
      allowRestart: true,
      onStage: (stage) => progress.say(stage),
      onProgress: (step) => progress.step(step),
      onPlan: (plan) => showPlan(plan, progress, invocation),
      onOutcome: (outcome) => progress.say(outcomeLine(outcome)),
      onRefused: (change, error) => progress.say(`${change.id} refused: ${error.message}`),
      onRecovered: (recovered) => progress.say(recoveredLine(recovered)),
    });
    // The last moment to be interrupted: what is written from here on says that the changes stay.
    signal.throwIfAborted();
    progress.done();
    await writeResult(result, example.directory, invocation);
    return result.exitCode;
  } catch (error) {
    progress.done();
    progress.say('Taking everything back');
    // A signal of its own: the one that was aborted must not stop the undoing.
    const { done } = await rollBackKept(session, store, 'all', {
      signal: new AbortController().signal,
      allowRestart: true,
    });
    const blocked = done.find(({ outcome }) => outcome !== 'rolled-back');
    if (blocked) throw new PitwallError('UNDO_BLOCKED', { id: blocked.entry.id, reason: blocked.because });
    throw error;
  } finally {
    await session.close();
    await store.close();
  }
}

function showPlan(plan: Plan, progress: Progress, invocation: Invocation): void {
  progress.done();
  if (flag(invocation, 'quiet')) return;
  const color = wantsColor(invocation) && process.stderr.isTTY === true;
  process.stderr.write(`\n${renderPlan(plan, { color, width: terminalWidth() })}\n`);
}

/** Report, and the plan of each round as `pitwall apply` reads it. */
async function writeResult({ report, plans }: LoopResult, directory: string, invocation: Invocation): Promise<void> {
  const html = join(directory, 'report.html');
  await writeReportFile(report, html);
  await writeReportFile(report, join(directory, 'report.json'));
  for (let round = 0; round < ROUNDS; round++) {
    const file = join(directory, `plan-${round + 1}.json`);
    const plan = plans[round];
    if (plan) writePlanFile(file, plan);
    // Of an earlier demo in this folder.
    else rmSync(file, { force: true });
  }
  await emitReport(report, invocation);
  if (!flag(invocation, 'json')) print(`\nReport: ${html}\n`);
}
