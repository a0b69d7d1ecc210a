import type { AdvisorStatement } from './problem.ts';
import { hasRole } from './tables.ts';

/**
 * Share of the time that the advisor looks at: what is behind it is many statements with little to gain, and every one costs
 * questions to the planner. Source: the cut of workload compression in AutoAdmin-like advisors, 95 %.
 */
const SHARE = 0.95;

/** So many statements are cheap to ask about, and are all kept: the cut is there to bound the work, not to hide statements. */
const FEW = 50;

/**
 * Seconds for one unit of planner cost where no statement of the workload was timed. One unit is a page read in sequence
 * (PostgreSQL's documentation, "Planner Cost Constants"); from the cache that takes some microseconds. It only serves to set
 * reads against writes.
 */
const ASSUMED_SECONDS_PER_COST = 5e-6;

export interface Weights {
  /** Seconds in the window for a unit of planner cost, by statement: weight × cost is time. */
  readonly of: ReadonlyMap<string, number>;
  /** Kept statements, most time first. */
  readonly kept: readonly AdvisorStatement[];
  readonly notConsidered: readonly { readonly statement: string; readonly because: string }[];
}

/**
 * What a unit of planner cost of each statement weighs: calls × (measured mean ÷ cost), so that sums are time. Statements that
 * were not timed weigh by calls × cost, at the seconds that a unit of cost takes in those that were. Keeps those that together
 * have 95 % of the time (and always the first 50). `costs`: the planner's without new indexes, null or absent where it could not plan.
 */
export function weigh(statements: readonly AdvisorStatement[], costs: ReadonlyMap<string, number | null>): Weights {
  const notConsidered: { statement: string; because: string }[] = [];
  const sought = statements.filter((statement) => {
    const because = reasonAgainst(statement, costs);
    // Writes without a search are no reader's business, and count as writes in any case.
    if (because !== null && !(statement.uses.length === 0 && statement.writes.length > 0)) {
      notConsidered.push({ statement: statement.id, because });
    }
    return because === null;
  });
  const perCost = secondsPerCost(sought, costs);
  const of = new Map<string, number>();
  const time = new Map<string, number>();
  for (const { id, seconds, calls } of sought) {
    const cost = costs.get(id)!;
    of.set(id, seconds === null ? calls * perCost : seconds / cost);
    time.set(id, of.get(id)! * cost);
  }
  const byTime = [...sought].sort((a, b) => time.get(b.id)! - time.get(a.id)!);
  const total = byTime.reduce((sum, { id }) => sum + time.get(id)!, 0);
  let before = 0;
  const kept: AdvisorStatement[] = [];
  for (const statement of byTime) {
    const own = time.get(statement.id)!;
    if (own > 0 && (before < SHARE * total || kept.length < FEW)) kept.push(statement);
    else notConsidered.push({ statement: statement.id, because: tail(own, total) });
    before += own;
  }
  return { of, kept, notConsidered };
}

function reasonAgainst(statement: AdvisorStatement, costs: ReadonlyMap<string, number | null>): string | null {
  if (statement.uses.length === 0) return 'It reads no table that was understood.';
  if (!statement.uses.some(hasRole)) {
    const [unserved] = unservedBy(statement);
    return unserved ?? 'It tests, joins and sorts no column: there is nothing that an index could serve.';
  }
  const cost = costs.get(statement.id) ?? null;
  if (cost === null) return 'The planner could not plan it.';
  return cost > 0 ? null : 'The planner expects no cost.';
}

/** Why its conditions are not served by the indexes that are looked for: sentences, each once. */
export function unservedBy({ uses }: Pick<AdvisorStatement, 'uses'>): readonly string[] {
  return [...new Set(uses.flatMap(({ unserved }) => unserved ?? []))];
}

function tail(own: number, total: number): string {
  if (!(own > 0)) return 'It took no time in this workload.';
  const percent = (100 * own) / total;
  return `It is behind the ${SHARE * 100} % of the time that were looked at (${percent < 0.01 ? 'less than 0.01' : percent.toFixed(2)} % of it).`;
}

/** Over the statements that were timed: all their seconds by all their cost. */
function secondsPerCost(statements: readonly AdvisorStatement[], costs: ReadonlyMap<string, number | null>): number {
  let seconds = 0;
  let cost = 0;
  for (const statement of statements) {
    if (statement.seconds === null || statement.calls <= 0) continue;
    seconds += statement.seconds;
    cost += statement.calls * costs.get(statement.id)!;
  }
  return seconds > 0 && cost > 0 ? seconds / cost : ASSUMED_SECONDS_PER_COST;
}
