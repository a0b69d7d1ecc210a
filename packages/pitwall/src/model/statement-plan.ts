import type { PlanStep, StatementPlan } from './database.ts';

/** Steps that are looked at, and steps that read that are named. [judgement] */
const MOST_STEPS = 2000;
const READS = 4;

/**
 * A plan in few words: where its time goes (by the planner's cost where it was not run), how it reads its tables, which indexes it uses.
 * @param indexes names, as the plan has them
 */
export function statementPlan(plan: PlanStep, indexes: readonly string[], from: StatementPlan['from']): StatementPlan {
  const steps = stepsOf(plan);
  const isTimed = steps.some(({ seconds }) => (seconds ?? 0) > 0);
  const own = new Map(steps.map((step) => [step, isTimed ? Math.max(0, step.seconds ?? 0) : ownCost(step)]));
  const total = [...own.values()].reduce((sum, one) => sum + one, 0);
  const byWeight = (some: readonly PlanStep[]) => some.toSorted((a, b) => own.get(b)! - own.get(a)!);
  const [first] = byWeight(steps);
  const leaves = byWeight(steps.filter(({ children }) => children.length === 0));
  const reads = leaves.map(({ title }) => title);
  // Of steps that nobody tells the cost of, one may be the heaviest.
  const isWeighed = isTimed || leaves.every(({ cost }) => cost !== null);
  return {
    heaviest:
      first === undefined || !(total > 0) || !isWeighed
        ? null
        : { title: first.title, share: own.get(first)! / total, of: isTimed ? 'time' : 'cost' },
    reads: [...new Set(reads)].slice(0, READS),
    indexes,
    from,
  };
}

/** Outermost first. */
function stepsOf(root: PlanStep): readonly PlanStep[] {
  const steps: PlanStep[] = [];
  const open = [root];
  for (let step = open.pop(); step !== undefined && steps.length < MOST_STEPS; step = open.pop()) {
    steps.push(step);
    open.push(...step.children.slice(0, MOST_STEPS).toReversed());
  }
  return steps;
}

/** A step that stops early (Limit) costs less than what it reads from. */
function ownCost({ cost, children }: PlanStep): number {
  return Math.max(0, (cost ?? 0) - children.reduce((sum, child) => sum + (child.cost ?? 0), 0));
}
