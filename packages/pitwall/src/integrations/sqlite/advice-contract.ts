import { z } from 'zod';
import type { IndexAdvice, IndexProposal } from '../../model/database.ts';
import type { Json } from '../../model/json.ts';
import type { Fact } from '../../model/observation.ts';
import type { ConfirmRequest, RuleView } from '../../model/rule.ts';
import { parameterSets } from './options.ts';

/** The confirmation that asks for indexes for all queries together, and the fact it answers with. */
export const ADVICE_PROBE = 'sqlite/index-advice';
const ADVICE_FACT = 'sqlite.index-advice';

export const adviceInput = z.strictObject({
  queries: z
    .array(
      z.strictObject({
        query: z.string().max(300),
        sql: z.string().min(1),
        params: parameterSets,
        calls: z.number().positive().nullable(),
      }),
    )
    .min(1)
    .max(1000),
});

export type AdviceInput = z.infer<typeof adviceInput>;

/** Texts are without values. */
export type AdviceFact = Pick<IndexAdvice, 'proposals' | 'rejected' | 'nothingToDo' | 'whatIf'> & {
  /** Names of the queries that a statement stands for, by its id. */
  readonly queries: Readonly<Record<string, readonly string[]>>;
};

/** An effect of a proposal that was timed, as the rules of trials speak of it. */
export interface QueryEffect {
  readonly query: string;
  readonly ratio: number;
  readonly interval: readonly [low: number, high: number];
  readonly rounds: number;
}

export function adviceFact(key: string, value: AdviceFact): Fact {
  return { kind: ADVICE_FACT, key, value: value as unknown as Json };
}

export function adviceRequest(key: string, input: AdviceInput): ConfirmRequest {
  return { probe: ADVICE_PROBE, key, input: input as unknown as Json };
}

/** The answer to a request, null when it has not been tried (yet). */
export function adviceAnswer(view: RuleView, key: string): AdviceFact | null {
  const found = view.facts(ADVICE_FACT).find((entry) => entry.key === key);
  return found ? (found.value as unknown as AdviceFact) : null;
}

/** Queries that are faster by at least `gain` with 95 % certainty, most seconds saved first. */
export function improvedBy(proposal: IndexProposal, answer: AdviceFact, gain: number): readonly QueryEffect[] {
  return proposal.statements
    .flatMap(({ statement, measured }) =>
      measured && measured.interval[1] < 1 - gain
        ? (answer.queries[statement] ?? []).map((query) => ({
            query,
            saved: measured.before - measured.after,
            ...measured,
          }))
        : [],
    )
    .toSorted((a, b) => b.saved - a.saved)
    .map(({ query, ratio, interval, rounds }) => ({ query, ratio, interval, rounds }));
}
