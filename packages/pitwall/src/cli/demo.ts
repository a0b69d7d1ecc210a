import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { type ExampleService, prepareExample } from '../engine/example-service.ts';
import { realEnvironment } from '../engine/platform.ts';
import { openSession } from '../engine/session.ts';
import { openStateStore } from '../engine/state.ts';
import { rollBackKept } from '../engine/take-back.ts';
import { tuneLoop } from '../engine/tune-loop.ts';
import { EXIT, PitwallError } from '../errors.ts';
import { integrationIds, loadIntegration } from '../integrations/registry.ts';
import type { Invocation, Run } from './command.ts';
import {
  emitReport,
  flag,
  progressOf,
  terminalWidth,
  text,
  wantsColor,
  writeReportFile,
  writeTextFile,
} from './context.ts';
import { outcomeLine, recoveredLine } from './lines.ts';

export const run: Run = async (invocation) => {
  const given = text(invocation, 'directory');
  const directory = given === undefined ? mkdtempSync(join(tmpdir(), 'pitwall-demo-')) : resolve(given);
  mkdirSync(directory, { recursive: true });
  const example = await prepareExample('vending', directory);
  let finished = false;
  try {
    await demo(example, invocation);
    finished = true;
  } finally {
    await example.stop();
    // What stays is the report, the plan and the configuration; interrupted, nothing.
    if (given === undefined) rmSync(finished ? join(directory, 'data') : directory, { recursive: true, force: true });
  }
  return EXIT.ok;
};

async function demo(example: ExampleService, invocation: Invocation): Promise<void> {
  const { signal } = invocation;
  const progress = progressOf(invocation);
  if (!existsSync(example.database)) {
    progress.say('Generating a database of about a million rows');
    await example.generate(signal);
  }
  progress.say('Starting the example service');
  await example.start(signal);
  const { config } = await loadConfig(example.configFile, {
    environment: process.env,
    registry: { ids: integrationIds(), load: loadIntegration },
  });
  const store = await openStateStore(config);
  const session = await openSession(config, realEnvironment, signal);
  try {
    const { renderPlan } = await import('../report/plan.ts');
    const color = wantsColor(invocation);
    const { report, plans } = await tuneLoop(session, store, {
      signal,
      window: 1,
      rounds: 2,
      limit: 7,
      allowRestart: true,
      onStage: (stage) => progress.say(stage),
      onProgress: (step) => progress.step(step),
      onPlan: (plan) => {
        progress.done();
        if (!flag(invocation, 'quiet'))
          process.stderr.write(
            `\n${renderPlan(plan, { color: color && process.stderr.isTTY === true, width: terminalWidth() })}\n`,
          );
      },
      onOutcome: (outcome) => progress.say(outcomeLine(outcome)),
      onRefused: (change, error) => progress.say(`${change.id} refused: ${error.message}`),
      onRecovered: (recovered) => progress.say(recoveredLine(recovered)),
    });
    progress.done();
    const html = join(example.directory, 'report.html');
    await writeReportFile(report, html);
    await writeReportFile(report, join(example.directory, 'report.json'));
    writeTextFile(join(example.directory, 'plan.json'), `${JSON.stringify(plans, null, 2)}\n`);
    await emitReport(report, invocation);
    if (!flag(invocation, 'json')) process.stdout.write(`\nReport: ${html}\n`);
  } catch (error) {
    progress.done();
    progress.say('Taking everything back');
    // A signal of its own: the one that was aborted must not stop the undoing.
    const done = await rollBackKept(session, store, 'all', {
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
