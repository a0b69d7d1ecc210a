import type { Indicator } from '../../model/indicator.ts';
import type {
  SearchCheck,
  SearchEnd,
  SearchObjective,
  SearchPlan,
  SearchResult,
  SearchStep,
} from '../../model/search.ts';
import { seriesKey } from '../../stats/labels.ts';
import { bracketOf } from './bracket.ts';
import { fewText, isUndecided, objectiveText } from './check-text.ts';
import { demandsOf } from './demand.ts';
import { limitOf } from './limit.ts';
import { resourcesOf, usesOneThread } from './resources.ts';
import { scalabilityOf } from './scalability.ts';
import { grouped } from './words.ts';

/** A step as it was measured: what its resources mean is known only when all steps have been seen. */
export interface StepRecord {
  readonly step: Omit<SearchStep, 'resources'>;
  /** Of host and processes during the step. */
  readonly indicators: readonly Indicator[];
  readonly connectionsTaken: boolean;
  /** What broke, one sentence each. */
  readonly broke: readonly string[];
}

/** The answer of a search from its steps. */
export function searchResult(input: {
  readonly plan: SearchPlan;
  readonly objectives: readonly SearchObjective[];
  readonly records: readonly StepRecord[];
  readonly end: SearchEnd;
  readonly seed: number;
  readonly warnings: readonly string[];
}): SearchResult {
  const { plan, objectives, records, end } = input;
  const oneThread = usesOneThread(records.map(({ indicators }) => indicators));
  const steps = records.map(
    ({ step, indicators, connectionsTaken }): SearchStep => ({
      ...step,
      resources: resourcesOf(indicators, { oneThread, connectionsTaken }),
    }),
  );
  const bracket = bracketOf(steps);
  const lowestFailing = bracket.failing?.rate ?? null;
  const demands = demandsOf(steps);
  const scalability = scalabilityOf(steps, input.seed);
  const fitted = typeof scalability === 'string' ? null : scalability;
  return {
    plan,
    objectives,
    steps,
    end,
    highestPassing: bracket.passing?.rate ?? null,
    lowestFailing,
    broke: brokenAt(records, lowestFailing),
    limit: limitOf(steps, lowestFailing, demands),
    demands,
    scalability: fitted,
    scalabilityBecause: typeof scalability === 'string' ? scalability : null,
    warnings: [...input.warnings, ...warningsOf(steps, objectives, bracket)],
  };
}

/** Of the failing steps at the lowest failing rate, the one in which most broke; each objective once. */
function brokenAt(records: readonly StepRecord[], rate: number | null): readonly string[] {
  return records
    .filter(({ step }) => step.rate === rate && (step.verdict === 'fail' || step.verdict === 'danger'))
    .map(({ broke }) => broke)
    .reduce((most, next) => (next.length > most.length ? next : most), []);
}

function warningsOf(
  steps: readonly SearchStep[],
  objectives: readonly SearchObjective[],
  { passing, failing, above }: ReturnType<typeof bracketOf>,
): string[] {
  const warnings: string[] = [];
  if (above.length > 0 && failing) {
    warnings.push(
      `It passed at ${above.map(grouped).join('/s, ')}/s although ${grouped(failing.rate)}/s failed: the service does not become worse evenly, and the lower limit counts.`,
    );
  }
  for (const end of [passing, failing]) {
    if (end && end.passed > 0 && end.failed > 0) {
      const times = end.passed + end.failed;
      warnings.push(`At ${grouped(end.rate)}/s it passed ${end.passed} of ${times} times: the limit is not sharp.`);
    }
  }
  const unsteady = passing && steps.some((step) => step.rate === passing.rate && isUnsteadyPass(step));
  if (unsteady)
    warnings.push(`At ${grouped(passing.rate)}/s it passed without having come to rest: a longer step could fail.`);
  for (const objective of objectives) {
    const checks = steps.flatMap((step) => step.checks.filter(({ indicator }) => indicator === objective.indicator));
    if (checks.length > 0 && checks.every(({ kept }) => kept === null)) {
      const few = checks.findLast(isUndecided);
      const why = few ? `never had enough requests (${fewText(few).replace(/\.$/, '')})` : 'was never measured';
      warnings.push(`${objectiveText(objective)} ${why}, so it decided nothing.`);
      continue;
    }
    const few = passing && undecidedAt(steps, passing.rate).find(({ indicator }) => indicator === objective.indicator);
    if (few) warnings.push(`At ${grouped(passing.rate)}/s not all objectives were decided: ${fewText(few)}`);
  }
  return warnings;
}

/** Of the passing steps at a rate, unless another of them decided it. */
function undecidedAt(steps: readonly SearchStep[], rate: number): readonly SearchCheck[] {
  const checks = steps.filter((step) => step.rate === rate && step.verdict === 'pass').flatMap((step) => step.checks);
  const key = ({ indicator, labels }: SearchCheck): string => seriesKey('', indicator, labels);
  const decided = new Set(checks.filter(({ kept }) => kept !== null).map(key));
  return checks.filter((check) => isUndecided(check) && !decided.has(key(check)));
}

function isUnsteadyPass({ verdict, steadiness }: SearchStep): boolean {
  return verdict === 'pass' && (steadiness === 'drifting' || steadiness === 'unknown');
}
