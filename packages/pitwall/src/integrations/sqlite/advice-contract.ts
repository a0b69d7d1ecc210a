import { z } from 'zod';
import type { IndexAdvice, IndexProposal } from '../../model/database.ts';
import type { Json } from '../../model/json.ts';
import type { Fact } from '../../model/observation.ts';
import type { ConfirmRequest, RuleView } from '../../model/rule.ts';
import { parameterSets } from './options.ts';

/** The confirmation that asks for indexes for all queries and statements together, and the fact it answers with. */
export const ADVICE_PROBE = 'sqlite/index-advice';
const ADVICE_FACT = 'sqlite.index-advice';

export const adviceInput = z
  .strictObject({
    queries: z
      .array(
        z.strictObject({
          query: z.string().max(300),
          sql: z.string().min(1),
          params: parameterSets,
          calls: z.number().positive().nullable(),
        }),
      )
      .max(1000),
    /**
     * True: for all that the application's logs and files of SQL tell, as it was read last over the connection (the values of its
     * calls are in memory only), and the configured queries with it. False: for `queries` alone.
     */
    statements: z.boolean().default(false),
  })
  .refine(({ queries, statements }) => statements || queries.length > 0, 'nothing is asked about');

export type AdviceInput = z.infer<typeof adviceInput>;

/** Texts are without values. */
export type AdviceFact = Pick<IndexAdvice, 'proposals' | 'rejected' | 'nothingToDo' | 'whatIf'> & {
  /** Names of the configured queries that a statement stands for, by its id. */
  readonly queries: Readonly<Record<string, readonly string[]>>;
  /** Ids of further statements that can be timed in place by calls of the logs and files: they read, and such calls are known. */
  readonly timed?: readonly string[];
};

/** An effect of a proposal that was measured on the copy: on a configured query, else on a statement. */
export interface Improved {
  readonly statement: string;
  /** Without values. Hostile. */
  readonly text: string;
  /** The configured query that it is; null: it is known by logs or files alone. */
  readonly query: string | null;
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

/**
 * What is faster by at least `gain` with 95 % certainty, most seconds saved in all its calls first. Writes too: an UPDATE may gain
 * more by finding its rows than the index costs it.
 */
export function improvedBy(proposal: IndexProposal, answer: AdviceFact, gain: number): readonly Improved[] {
  return [...proposal.statements, ...proposal.writes]
    .flatMap(({ statement, text, calls, measured }) => {
      if (!measured || measured.interval[1] >= 1 - gain) return [];
      const { before, after, ratio, interval, rounds } = measured;
      const names: readonly (string | null)[] = answer.queries[statement] ?? [];
      return (names.length > 0 ? names : [null]).map((query) => ({
        saved: calls * (before - after),
        improved: { statement, text, query, ratio, interval, rounds },
      }));
    })
    .toSorted((a, b) => b.saved - a.saved)
    .map(({ improved }) => improved);
}
