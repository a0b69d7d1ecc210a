import type { RuleView } from '../../../model/rule.ts';
import { statementTitle } from '../../_sql/rules/statement-text.ts';
import { factsOf, type PlanReading } from '../facts.ts';
import type { VariantTrial } from '../trial-contract.ts';
import { isTimed } from './missing-index-change.ts';

/** Ids of statements of the logs and files that a trial on a copy can repeat, most time and then most calls first. */
export function repeatable(view: RuleView, isConcerned: (plan: PlanReading) => boolean, most: number): string[] {
  return [...factsOf(view, 'sqlite.statement')]
    .filter(([, statement]) => isTimed(statement) && statement.plan && isConcerned(statement.plan))
    .toSorted(([, a], [, b]) => (b.seconds ?? 0) - (a.seconds ?? 0) || b.calls - a.calls)
    .slice(0, most)
    .map(([id]) => id);
}

/** The query’s name, or the statement in a few words. Safe to print where it is a statement. */
export function trialTitle(view: RuleView, query: string): string {
  const statement = factsOf(view, 'sqlite.statement').get(query);
  return statement ? statementTitle(statement.text) : query;
}

/** Statements that were asked about and have no answer. */
export function untriedOf(asked: readonly string[], { queries }: VariantTrial): readonly string[] {
  const tried = new Set(queries.map(({ query }) => query));
  return asked.filter((id) => !tried.has(id));
}
