import { type LoadRunOptions, runConfiguredLoad, runnableLoad } from '../../engine/load.ts';
import { generatorOfPreset } from '../../engine/load-files.ts';
import { endedLoad, invalidLoad } from '../../engine/load-invalid.ts';
import { plannedRate } from '../../engine/load-options.ts';
import { startRun } from '../../engine/make-report.ts';
import { EXIT, type ExitCode, PitwallError } from '../../errors.ts';
import type { LoadResult } from '../../model/load.ts';
import type { Report } from '../../model/report.ts';
import { baselineOf, comparedWith, nameBaseline } from '../baseline.ts';
import type { Invocation, Run } from '../command.ts';
import { allOf, emitReport, flag, text, withWorkspace } from '../context.ts';
import { loadCourse, unfinishedText } from './course.ts';
import { lacksOf, measuredReport } from './measured.ts';
import { overridesOf } from './overrides.ts';
import { refuseEachEndpoint, refuseUnheard } from './refusals.ts';
import { interruptionOf, stoppingOf } from './stopping.ts';
import { createLoadView } from './view.ts';

export const run: Run = (invocation) => oneLoad(invocation);

/**
 * One load: run, judge, show, keep, and compare with a baseline where one is named. `generate`: who runs it; default this
 * process.
 * @throws PitwallError USAGE (a preset that goes from endpoint to endpoint, beside `generate`), and what its parts throw
 */
export async function oneLoad(invocation: Invocation, generate?: LoadRunOptions['generate']): Promise<ExitCode> {
  const overrides = await overridesOf(invocation);
  return withWorkspace(invocation, async ({ session, store }) => {
    const clock = startRun();
    const preset = text(invocation, 'preset') ?? session.config.load.preset;
    if (generate) refuseEachEndpoint('agents', preset);
    const options = await runnableLoad(session, overrides, !generate);
    refuseUnheard(invocation, options);
    const before = await baselineOf(invocation, store, true);
    const generator = generate ?? (preset === null ? undefined : generatorOfPreset(preset));
    const course = loadCourse(options, !generate && generator !== undefined);
    const view = createLoadView(invocation, options, session.config.service.name, course);
    const stopping = stoppingOf(invocation, () => view.note(ENDING));
    try {
      const loaded = await runConfiguredLoad(session, {
        signal: stopping.signal,
        stop: stopping.stop,
        watch: true,
        // Of this machine: it says nothing about those that generate the load.
        selfTest: !generate && !flag(invocation, 'no-self-test'),
        ...(generator ? { generate: generator } : {}),
        overrides: options,
        onTick: (tick, { loopUtilisation, late }) =>
          view.tick(tick, { loopUtilisation, late, targetRate: plannedRate(options, tick.at) }),
      });
      view.done(loaded.result.duration);
      const { result, observations } = loaded;
      if (result.endedBy === 'interrupt' && result.planned === 0) {
        throw new PitwallError('LOAD_INTERRUPTED_EARLY', { when: 'in the warm-up' });
      }
      const unfinished = unfinishedText(course, result);
      if (unfinished !== null) view.note(unfinished);
      const measured = measuredReport(session, clock, loaded);
      const { report, failure } = await comparedWith(before, measured, store, invocation);
      await allOf(
        () => emitReport(report, invocation),
        async () => {
          await store.saveRun(report, observations);
          const say = (said: string) => view.note(said);
          await nameBaseline(invocation, { report, store, lacks: lacksOf(result), say });
        },
        async () => view.end(report, result),
      );
      if (stopping.stop.aborted && result.endedBy === 'plan') throw new PitwallError('LOAD_INTERRUPTED_LATE');
      refuseUnfinished(result, options.duration);
      if (failure !== null) throw failure;
      return exitCodeOf(report, invocation);
    } catch (error) {
      throw interruptionOf(error, stopping, BEFORE) ?? error;
    } finally {
      view.done();
      stopping.dispose();
    }
  });
}

const BEFORE = 'before the load began';
const ENDING = 'Ending: waiting for answers that are under way. Once more ends at once.';

/** The report has been shown and kept by now; the exit code says that the run was not what was asked for. */
function refuseUnfinished(result: LoadResult, planned: number): void {
  if (result.endedBy === 'interrupt') {
    throw new PitwallError('LOAD_INTERRUPTED', { seconds: result.duration.toFixed(1), planned });
  }
  const ending = endedLoad(result.endedBy, result.partial ?? '');
  if (ending !== null) throw ending;
  if (result.agents?.some(({ state }) => state !== 'done')) {
    throw new PitwallError('AGENTS_LOST', { reason: result.invalidBecause[0]! });
  }
  if (result.sent > 0 && result.ok === 0) {
    throw new PitwallError('LOAD_ONLY_ERRORS', { sent: result.sent.toLocaleString('en-US'), kinds: kindsOf(result) });
  }
  if (!result.valid) throw invalidLoad(result);
}

/** `timeout 12, last: …`, in the words of the report, which knows the last reason of each kind. */
function kindsOf({ errors, warnings }: LoadResult): string {
  const told = warnings.map((warning) => /of the requests failed \((.+)\)\.$/.exec(warning)?.[1]).find((each) => each);
  const counted = Object.entries(errors).map(([kind, times]) => `${kind} ${times}`);
  return told ?? counted.join(', ');
}

function exitCodeOf(report: Report, invocation: Invocation): ExitCode {
  if (report.comparison?.verdict === 'worse') return EXIT.critical;
  const bad = flag(invocation, 'strict') ? ['critical', 'warning'] : ['critical'];
  return report.verdicts.some(({ status }) => bad.includes(status)) ? EXIT.critical : EXIT.ok;
}
