import { type ApplyResult, applyPlan } from '../engine/apply.ts';
import { makeReport, startRun } from '../engine/make-report.ts';
import { readPlanFile } from '../engine/plan-file.ts';
import { EXIT, PitwallError } from '../errors.ts';
import type { Run } from './command.ts';
import { allOf, emitReport, flag, print, terminalWidth, wantsColor, withWorkspace } from './context.ts';
import { outcomeLine, recoveredLine } from './lines.ts';

export const run: Run = (invocation) =>
  withWorkspace(invocation, async ({ session, store, progress }) => {
    const plan = await readPlanFile(invocation.positionals[0]!, session);
    if (flag(invocation, 'dry-run')) {
      const { renderPlan } = await import('../report/plan.ts');
      if (flag(invocation, 'json')) print(`${JSON.stringify(plan, null, 2)}\n`);
      else print(renderPlan(plan, { color: wantsColor(invocation), width: terminalWidth() }));
      return EXIT.ok;
    }
    const run = startRun();
    const result = await applyPlan(session, store, plan, {
      signal: invocation.signal,
      allowRestart: flag(invocation, 'allow-restart'),
      onProgress: (step) => progress.step(step),
      onOutcome: (outcome) => progress.say(outcomeLine(outcome)),
      onRefused: (change) => progress.step(`${change.id} refused`),
      onRecovered: (recovered) => progress.say(recoveredLine(recovered)),
    });
    progress.done();
    if (plan.changes.length === 0) progress.say('The plan has no changes: there was nothing to do.');
    // Everything is in the outcomes: blocks are too short to be judged one by one, or shown as the run's load.
    const report = makeReport({
      run,
      command: 'apply',
      service: session.config.service.name,
      targets: session.targets.map(({ target }) => target),
      observations: [],
      assessment: { indicators: [], verdicts: [], findings: [], rules: [], recommendations: [], confirmRequests: [] },
      outcomes: result.outcomes,
    });
    const conflict = result.recovered.find(({ outcome }) => outcome === 'conflict');
    // What ended the apply is the news; that its report could not be written (the same full disk) comes after it.
    await allOf(
      async () => {
        if (result.stopped !== null) throw result.stopped;
      },
      () => emitReport(report, invocation),
      () => store.saveRun(report, []),
    );
    if (conflict) process.stderr.write(`pitwall: ${recoveredLine(conflict)}\n`);
    refuse(result.refused);
    return result.exitCode;
  });

/** Throws NOT_APPLIED for the first change that was, with the others in `also`. */
function refuse(refused: ApplyResult['refused']): void {
  const errors = refused.map(({ change, error }) => ({
    change: change.id,
    reason: error.message.replace(/\.$/, ''),
    hint: error.hint,
  }));
  if (errors.length === 0) return;
  const also = errors.slice(1).map((details) => new PitwallError('NOT_APPLIED', details).message);
  throw new PitwallError('NOT_APPLIED', errors[0], { also });
}
