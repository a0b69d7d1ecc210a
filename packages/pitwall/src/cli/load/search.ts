import { assessSession } from '../../engine/check.ts';
import { makeReport, startRun } from '../../engine/make-report.ts';
import { type SearchOutcome, searchRate } from '../../engine/search.ts';
import type { Session } from '../../engine/session.ts';
import { EXIT, type ExitCode, PitwallError } from '../../errors.ts';
import type { Report } from '../../model/report.ts';
import type { SearchResult } from '../../model/search.ts';
import { parseDuration, parseRatio } from '../../model/units.ts';
import { planLines, recoverLine, stepLine, tickLine } from '../../report/content/search/progress.ts';
import { countOf } from '../../report/format.ts';
import type { Invocation, Run } from '../command.ts';
import { allOf, emitReport, numberFlag, text, withWorkspace } from '../context.ts';
import { overridesOf } from './overrides.ts';
import { stoppingOf } from './stopping.ts';

/** A search decides these itself. */
const DECIDED = ['rate', 'stage', 'peak', 'trace', 'speed', 'preset', 'duration', 'ramp-up', 'think-time'] as const;
/** What a search of many loads has no place for. */
const UNHEARD = ['stream', 'baseline', 'tolerance', 'strict', 'no-self-test'] as const;
/** A step sends at planned times; what is left to choose is whether at equal distances or at random ones. */
const SHAPES = ['constant-rate', 'poisson'];

const ENDING = 'Ending: the step that is under way is not counted. Once more ends at once, and nothing is kept.';

/** `pitwall load --search`: the highest rate that keeps the objectives. */
export const run: Run = async (invocation) => {
  refuseOtherShapes(invocation);
  const number = (name: string, parse: (value: string) => number | null, expected: string) =>
    numberFlag(invocation, name, parse, expected);
  const plan = given({
    from: number('search-from', Number, 'requests per second'),
    to: number('search-to', Number, 'requests per second'),
    stepDuration: number('step-duration', parseDuration, 'a duration such as 10s'),
    resolution: number('resolution', parseRatio, 'a ratio such as 5%'),
  });
  const objectives = given({
    p99: number('search-p99', parseDuration, 'a duration such as 250ms'),
    errors: number('search-errors', parseRatio, 'a ratio such as 1%'),
  });
  const overrides = await overridesOf(invocation);
  return withWorkspace(invocation, async ({ session, store, progress }) => {
    const clock = startRun();
    const stopping = stoppingOf(invocation, () => progress.say(ENDING));
    try {
      const outcome = await searchRate(session, {
        plan,
        objectives,
        overrides,
        signal: stopping.signal,
        stop: stopping.stop,
        onPlan: (...planned) => {
          for (const line of planLines(...planned)) progress.say(line);
        },
        onTick: (tick) => progress.step(tickLine(tick)),
        onStep: (step) => progress.say(stepLine(step)),
        onRecover: () => progress.step(recoverLine()),
      });
      progress.done();
      const report = reportOf(session, clock, outcome);
      const baseline = text(invocation, 'save-baseline');
      await allOf(
        () => emitReport(report, invocation),
        async () => {
          await store.saveRun(report, outcome.run?.observations ?? []);
          if (baseline !== undefined) await store.nameBaseline(report.run.id, baseline);
        },
      );
      return exitCodeOf(outcome.result);
    } finally {
      stopping.dispose();
    }
  });
};

function refuseOtherShapes(invocation: Invocation): void {
  const usage = (what: string) => new PitwallError('USAGE', { what, command: 'load' });
  const [wrong] = DECIDED.filter((name) => invocation.values[name] !== undefined);
  if (wrong === 'duration')
    throw usage('--search decides how long it runs; --step-duration says how long a step does.');
  if (wrong) throw usage(`--search decides the rate and its course; --${wrong} has no place beside it.`);
  const [unheard] = UNHEARD.filter((name) => invocation.values[name] !== undefined);
  if (unheard) throw usage(`--${unheard} belongs to a single load: it does nothing beside --search.`);
  const shape = text(invocation, 'shape');
  if (shape !== undefined && !SHAPES.includes(shape)) {
    throw usage(`--shape ${shape}: a search sends at a rate, so only ${SHAPES.join(' and ')} are possible.`);
  }
}

/** Of the load at the highest rate that passed; the search is beside it. */
function reportOf(session: Session, clock: ReturnType<typeof startRun>, { result, run }: SearchOutcome): Report {
  const observations = run?.observations ?? [];
  const assessment = assessSession(session, observations);
  const report = makeReport({
    run: clock,
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
    load: run?.result ?? null,
    ...(run ? { beside: run } : {}),
  });
  return { ...report, search: result };
}

/** The report has been shown and kept by now. An answer with one end open is an answer; none at all is a failure. */
function exitCodeOf(result: SearchResult): ExitCode {
  const { end, highestPassing, steps } = result;
  if (end === 'interrupted') throw new PitwallError('SEARCH_INTERRUPTED', { steps: countOf(steps.length, 'step') });
  if (highestPassing !== null) return EXIT.ok;
  const last = steps.at(-1)?.because ?? 'no step was run.';
  if (end === 'generator') throw new PitwallError('SEARCH_NO_VERDICT', { reason: last });
  throw new PitwallError('SEARCH_NOTHING_PASSES', { rate: steps[0]?.rate ?? 0, reason: result.broke[0] ?? last });
}

function given<T extends object>(values: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: NonNullable<T[Key]>;
  };
}
