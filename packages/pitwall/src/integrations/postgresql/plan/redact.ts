import type { PlanStep } from '../../../model/database.ts';
import { lex } from '../parse/lexer.ts';

/** Details that are expressions of the statement: what is constant in them was a value of it. The others are figures of the plan. */
const EXPRESSION = /^(?:Cache Key|Filter|Group Key|Order By|Presorted Key|Sort Key|[A-Z][\w-]* (?:Cond|Filter)): /;
/** The server counts there, whatever the name ends with. */
const FIGURE = /^Rows Removed/;

/** The plan with `?` where a step tests or sorts by a constant. */
export function withoutValues(step: PlanStep): PlanStep {
  return { ...step, details: step.details.map(detailWithoutValues), children: step.children.map(withoutValues) };
}

function detailWithoutValues(detail: string): string {
  const label = FIGURE.test(detail) ? undefined : EXPRESSION.exec(detail)?.[0];
  if (label === undefined) return detail;
  const parts = Array.from(lex(detail.slice(label.length)), ({ kind, text }) =>
    kind === 'string' || kind === 'number' ? '?' : text,
  );
  return label + parts.join('');
}
