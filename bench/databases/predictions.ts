/** What an advisor said each index would do, beside what all its indexes did together: planner, copy, in place. */
import { median } from '../table.ts';
import type { Contest, Entrant } from './contest.ts';
import { NONE } from './contest.ts';
import { statementId } from './peers/pitwall.ts';

/** After ÷ before of the statements that a proposal names, weighted by calls; null: not said. */
export interface Prediction {
  readonly definition: string;
  readonly action: 'create' | 'drop';
  readonly statements: number;
  readonly planner: number | null;
  readonly copy: number | null;
  readonly inPlace: number | null;
}

/** A difference of less than this is none. */
const SAME = 0.02;

export function predictionsOf(contest: Contest, entrant: Entrant): readonly Prediction[] {
  const byId = new Map(contest.statements.map((statement) => [statementId(statement.text), statement]));
  const seconds = (of: string, statement: string): number => median(contest.rounds.get(of)!.get(statement)!);
  return (entrant.proposal?.advice?.proposals ?? []).map(({ table, definition, action, statements, writes }) => {
    const planner: Sides = [0, 0];
    const copy: Sides = [0, 0];
    const inPlace: Sides = [0, 0];
    const effects = [...statements, ...writes];
    for (const effect of effects) {
      const statement = byId.get(effect.statement);
      if (statement === undefined) continue;
      if (effect.planner !== null) add(planner, effect.calls, effect.planner.before, effect.planner.after);
      if (effect.measured === null) continue;
      add(copy, effect.calls, effect.measured.before, effect.measured.after);
      add(inPlace, effect.calls, seconds(NONE, statement.name), seconds(entrant.name, statement.name));
    }
    return {
      definition: `${table} ${definition}`,
      action,
      statements: effects.length,
      planner: ratio(planner),
      copy: ratio(copy),
      inPlace: ratio(inPlace),
    };
  });
}

type Sides = [before: number, after: number];

function add(sides: Sides, calls: number, before: number, after: number): void {
  sides[0] += calls * before;
  sides[1] += calls * after;
}

const ratio = ([before, after]: Sides): number | null => (before > 0 ? after / before : null);

/** Null: nothing was predicted, or nothing changed. */
export function signRight({ copy, inPlace }: Prediction): boolean | null {
  if (copy === null || inPlace === null || Math.abs(inPlace - 1) <= SAME) return null;
  return copy < 1 === inPlace < 1;
}
