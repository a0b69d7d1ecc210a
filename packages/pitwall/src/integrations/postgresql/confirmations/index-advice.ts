import { PitwallError } from '../../../errors.ts';
import type { IndexProposal } from '../../../model/database.ts';
import { defineConfirmation } from '../../../model/define.ts';
import { ADVICE_PROBE, adviceInput } from '../advise/contract.ts';
import { advise } from '../advise/index.ts';
import type { PostgresqlConnection } from '../connection.ts';
import type { EffectFact, IndexProposalFact } from '../facts/advice.ts';
import { fact } from '../facts/define.ts';
import { keptWorkload } from '../workload/kept.ts';

/** Of a text, for people. */
const LONGEST = 1000;

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
      const value = {
        proposals: advice.proposals.filter(({ action }) => action === 'create').map(proposalFact),
        whatIf: advice.whatIf,
        nothingToDo: advice.nothingToDo,
        rejected: advice.rejected.length,
        notConsidered: advice.notConsidered.length,
        cost: advice.cost,
      };
      return { facts: [fact('postgresql.index-advice', key, value)] };
    } catch (error) {
      if (error instanceof PitwallError && error.code === 'POSTGRESQL_NO_WHAT_IF') return gap(error.message);
      throw error;
    }
  },
});

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
    text: text.slice(0, LONGEST),
    calls,
    planner: planner === null || planner.before <= 0 ? null : planner.after / planner.before,
    measured:
      measured === null
        ? null
        : { ratio: measured.ratio, low: measured.interval[0], high: measured.interval[1], rounds: measured.rounds },
  };
}
