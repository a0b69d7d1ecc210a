import { assessSession } from '../engine/check.ts';
import { runConfiguredLoad } from '../engine/load.ts';
import { makeReport, startRun } from '../engine/make-report.ts';
import { EXIT, PitwallError } from '../errors.ts';
import { parseDuration } from '../model/units.ts';
import type { Run } from './command.ts';
import { allOf, emitReport, flag, numberFlag, text, wholeNumber, withWorkspace } from './context.ts';

export const run: Run = (invocation) =>
  withWorkspace(invocation, async ({ session, store, progress }) => {
    const run = startRun();
    const number = (name: string, parse: (value: string) => number | null, expected: string) =>
      numberFlag(invocation, name, parse, expected);
    const users = number('users', wholeNumber, 'a whole number of connections');
    const rate = number('rate', Number, 'requests per second');
    const duration = number('duration', parseDuration, 'a duration such as 30s');
    const workers = number('workers', wholeNumber, 'a whole number of threads');
    const warmup = text(invocation, 'warmup') === '0' ? 0 : number('warmup', parseDuration, 'a duration such as 2s');
    const { result, observations } = await runConfiguredLoad(session, {
      signal: invocation.signal,
      watch: true,
      overrides: {
        ...(users === undefined ? {} : { users }),
        ...(rate === undefined ? {} : { rate, shape: 'constant-rate' }),
        ...(duration === undefined ? {} : { duration }),
        ...(workers === undefined ? {} : { workers }),
        ...(warmup === undefined ? {} : { warmup }),
      },
      onTick: (tick) =>
        progress.step(
          `${tick.at.toFixed(0).padStart(4)} s  ${tick.completed} requests/s  p50 ${ms(tick.p50)}  p99 ${ms(tick.p99)}  ${tick.errors} errors`,
        ),
    });
    progress.done();
    const assessment = assessSession(session, observations);
    const report = makeReport({
      run,
      command: 'load',
      service: session.config.service.name,
      targets: session.targets.map(({ target }) => target),
      observations,
      // A load measures less than a check: what it did not look at is not reported as missing.
      assessment: {
        ...assessment,
        verdicts: assessment.verdicts.filter(
          ({ status, indicator }) => status !== 'no-data' || indicator.startsWith('load.'),
        ),
        rules: assessment.rules.filter(({ status }) => status !== 'no-data'),
      },
      load: result,
    });
    await allOf(
      () => emitReport(report, invocation),
      () => store.saveRun(report, observations),
    );
    // The report has them all; a message that names the first one is read.
    if (!result.valid) throw new PitwallError('LOAD_INVALID', { reason: result.invalidBecause[0]! });
    const bad = flag(invocation, 'strict') ? ['critical', 'warning'] : ['critical'];
    return report.verdicts.some(({ status }) => bad.includes(status)) ? EXIT.critical : EXIT.ok;
  });

function ms(seconds: number): string {
  return `${(seconds * 1000).toFixed(1)} ms`;
}
