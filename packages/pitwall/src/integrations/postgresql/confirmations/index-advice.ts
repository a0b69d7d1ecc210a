import { PitwallError } from '../../../errors.ts';
import type { IndexAdvice, IndexProposal, Statement, Workload } from '../../../model/database.ts';
import { defineConfirmation } from '../../../model/define.ts';
import { counted } from '../../../model/plural.ts';
import { percentOf } from '../../_sql/rules/statement-text.ts';
import { shortened } from '../../_sql/shortened.ts';
import { ADVICE_PROBE, adviceInput } from '../advise/contract.ts';
import { advise } from '../advise/index.ts';
import type { PostgresqlConnection } from '../connection.ts';
import type { EffectFact, IndexProposalFact } from '../facts/advice.ts';
import { fact } from '../facts/define.ts';
import { keptWorkload } from '../workload/kept.ts';

/** Of a text, for people. */
const LONGEST = 1000;

/**
 * Shares of the time of statements of which it is not known whether an index would help: from where on that is told, and from
 * where on nothing is said of all. [judgement]
 */
const WORTH_TELLING = 0.1;
const MOST = 0.5;

/** Chooses indexes for the workload that was read last over the connection, whose samples are in memory only. */
export const indexAdvice = defineConfirmation<PostgresqlConnection>({
  id: ADVICE_PROBE,
  title: 'Indexes for the whole workload (what-if, and timed on a copy where there is one)',
  cost: 'Plans the statements of the workload again and again with indexes that do not exist (HypoPG), read-only and paced by `maxLoad`. With the option `copy`, or `allowCopy`, indexes are built on the copy and statements run there, for six minutes at most after building, not those that write thousands of rows a call; on a copy that was made on the same server with the pauses that `maxLoad` asks for, where it is set. That copy is dropped afterwards.',
  timeLimit: 600,
  async confirm(connection, { key, input }, context) {
    const { budget, measure, seed } = adviceInput.parse(input);
    const gap = (why: string) => ({ gaps: [{ what: 'indexes for the workload', why }] });
    const kept = keptWorkload(connection);
    if (kept === null) return gap('no workload was read over this connection');
    try {
      const advice = await advise(connection, { workload: kept.workload, budget, measure, seed }, context);
      const left = notKnown(kept.workload, advice);
      const gaps = left === null || left.share < WORTH_TELLING ? [] : gap(left.why).gaps;
      // That no index would help is not known then, and a fact would say so.
      if (left !== null && left.share >= MOST && advice.proposals.length === 0) return { gaps };
      const value = {
        proposals: advice.proposals.filter(({ action }) => action === 'create').map(proposalFact),
        whatIf: advice.whatIf,
        nothingToDo: advice.nothingToDo,
        rejected: advice.rejected.length,
        notConsidered: advice.notConsidered.length,
        cost: advice.cost,
      };
      return { facts: [fact('postgresql.index-advice', key, value)], gaps };
    } catch (error) {
      if (error instanceof PitwallError && error.code === 'POSTGRESQL_NO_WHAT_IF') {
        return gap(`${error.message} ${error.hint}`);
      }
      throw error;
    }
  },
});

/** What could not be planned or understood, with the reason of the weightiest. Where nothing was timed, calls weigh. */
function notKnown(
  { statements }: Workload,
  { notConsidered }: IndexAdvice,
): { readonly share: number; readonly why: string } | null {
  const isTimed = statements.some(({ seconds }) => (seconds ?? 0) > 0);
  const weight = ({ seconds, calls }: Statement) => (isTimed ? (seconds ?? 0) : calls);
  const reasons = new Map(notConsidered.filter((one) => one.unknown).map((one) => [one.statement, one.because]));
  const left = statements.filter(({ id }) => reasons.has(id)).sort((a, b) => weight(b) - weight(a));
  const all = total(statements.map(weight));
  if (left.length === 0 || all === 0) return null;
  const share = total(left.map(weight)) / all;
  const part = `${percentOf(share)} of the ${isTimed ? 'time' : 'calls'}`;
  const count = `Of ${counted(statements.length, 'statement')} ${left.length}, with ${part}, could not be considered`;
  return { share, why: `${count}. ${reasons.get(left[0]!.id)!}` };
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function proposalFact(proposal: IndexProposal): IndexProposalFact {
  const { table, definition, ddl, lock, bytes, buildSeconds, savedSeconds, because, change } = proposal;
  return {
    table,
    subject: change.subject,
    definition,
    ddl,
    lock,
    bytes: bytes.measured ?? bytes.estimated,
    buildSeconds,
    savedSeconds,
    because,
    to: change.to,
    statements: proposal.statements.map(effectFact),
    writes: proposal.writes.map(effectFact),
    basis: change.basis ?? null,
  };
}

function effectFact({ statement, text, calls, planner, measured }: IndexProposal['statements'][number]): EffectFact {
  return {
    statement,
    text: shortened(text, LONGEST),
    calls,
    planner: planner === null || planner.before <= 0 ? null : planner.after / planner.before,
    measured:
      measured === null
        ? null
        : {
            ratio: measured.ratio,
            low: measured.interval[0],
            high: measured.interval[1],
            rounds: measured.rounds,
            ...(measured.atLeast ? { atLeast: measured.atLeast } : {}),
          },
  };
}
