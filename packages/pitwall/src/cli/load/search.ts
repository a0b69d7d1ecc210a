import { startRun } from '../../engine/make-report.ts';
import { type SearchOutcome, searchRate } from '../../engine/search.ts';
import { EXIT, type ExitCode, PitwallError } from '../../errors.ts';
import type { SearchResult } from '../../model/search.ts';
import { parseDuration, parseRatio } from '../../model/units.ts';
import { planLines, recoverLine, stepLine, tickLine } from '../../report/content/search/progress.ts';
import { countOf } from '../../report/format.ts';
import { nameBaseline } from '../baseline.ts';
import type { Invocation, Run } from '../command.ts';
import { allOf, emitReport, numberFlag, text, withWorkspace } from '../context.ts';
import { lacksOf, measuredReport } from './measured.ts';
import { overridesOf, rateOf } from './overrides.ts';
import { refuseBesideMode } from './refusals.ts';
import { interruptionOf, stoppingOf } from './stopping.ts';

/** A search decides these itself. */
const DECIDED = [
  'rate',
  'stage',
  'peak',
  'trace',
  'speed',
  'preset',
  'duration',
  'ramp-up',
  'think-time',
  'iterations',
] as const;
/** A step sends at planned times; what is left to choose is whether at equal distances or at random ones. */
const SHAPES = ['constant-rate', 'poisson'];

const ENDING = 'Ending: the step that is under way is not counted. Once more ends at once, and nothing is kept.';

/** `pitwall load --search`: the highest rate that keeps the objectives. */
export const run: Run = async (invocation) => {
  refuseOtherShapes(invocation);
  const number = (name: string, parse: (value: string) => number | null, expected: string) =>
    numberFlag(invocation, name, parse, expected);
  const plan = given({
    from: number('search-from', rateOf, 'a rate above 0 in requests per second, such as 10'),
    to: number('search-to', rateOf, 'a rate above 0 in requests per second, such as 500'),
    stepDuration: number('step-duration', parseDuration, 'a duration such as 10s'),
    resolution: number('resolution', parseRatio, 'a ratio such as 5%'),
  });
  const objectives = given({
    p99: number('search-p99', parseDuration, 'a duration such as 250ms'),
    errors: shareOfErrors(invocation),
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
      // Of the load at the highest rate that passed; the search is beside it.
      const report = { ...measuredReport(session, clock, outcome.run), search: outcome.result };
      await allOf(
        () => emitReport(report, invocation),
        async () => {
          await store.saveRun(report, outcome.run?.observations ?? []);
          const say = (said: string) => progress.say(said);
          await nameBaseline(invocation, { report, store, lacks: searchLacks(outcome), say });
        },
      );
      return exitCodeOf(outcome.result);
    } catch (error) {
      throw interruptionOf(error, stopping, 'before the search began') ?? error;
    } finally {
      stopping.dispose();
    }
  });
};

/** `--search-errors 1%`; 0 is a limit too: then none may fail. Throws USAGE. */
function shareOfErrors(invocation: Invocation): number | undefined {
  const value = text(invocation, 'search-errors');
  if (value === undefined) return undefined;
  const ratio = parseRatio(value);
  if (ratio !== null && ratio >= 0 && ratio < 1) return ratio;
  const what = `--search-errors ${value}: expected a ratio from 0 to below 1 such as 1%.`;
  throw new PitwallError('USAGE', { what, command: 'load' });
}

function refuseOtherShapes(invocation: Invocation): void {
  const usage = (what: string) => new PitwallError('USAGE', { what, command: 'load' });
  const [wrong] = DECIDED.filter((name) => invocation.values[name] !== undefined);
  if (wrong === 'duration')
    throw usage('--search decides how long it runs; --step-duration says how long a step does.');
  if (wrong) throw usage(`--search decides the rate and its course; --${wrong} has no place beside it.`);
  refuseBesideMode(invocation, 'search', ['stream', 'baseline', 'tolerance', 'strict', 'no-self-test']);
  const shape = text(invocation, 'shape');
  if (shape !== undefined && !SHAPES.includes(shape)) {
    throw usage(`--shape ${shape}: a search sends at a rate, so only ${SHAPES.join(' and ')} are possible.`);
  }
}

/** A search that found no rate has no load of one that a later run could be compared with. */
function searchLacks({ result, run }: SearchOutcome): string | null {
  if (result.end === 'interrupted') return 'came to its end';
  return result.highestPassing === null || run === null ? 'found a rate that passes' : lacksOf(run.result);
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
