import { defineRule } from '../../../model/define.ts';
import type { FindingDraft } from '../../../model/rule.ts';
import {
  ASK_AT_ONCE,
  judgeLoops,
  LOOP_TITLE,
  loopDraft,
  loopThresholds,
  N_PLUS_ONE,
  provenLoop,
} from '../../_sql/rules/statement-loop.ts';
import { factsOf } from '../facts/define.ts';
import type { LoopFact } from '../facts/statements.ts';
import { STATEMENTS_MANUAL, statementTitle, workloadOf } from './statement-view.ts';

const CODE = 'SELECT … WHERE id = ANY($1)';

export const statementLoop = defineRule({
  id: 'postgresql/statement-loop',
  meta: {
    title: LOOP_TITLE,
    why: 'Each call of a loop waits for the one before it, and pays the way to the database and back. One statement that asks for all rows takes about as long as one of them.',
    sources: [N_PLUS_ONE, STATEMENTS_MANUAL],
    needs: { facts: ['postgresql.workload'] },
    uses: { facts: ['postgresql.loop', 'postgresql.statement'] },
    doesNotApplyWhen: 'Calls of one request cannot be told apart, and the counters show no such pattern.',
    confirmedBy:
      'Statements with the trace of their request (sqlcommenter) in the log: then it is proven, else a hint.',
    thresholds: loopThresholds,
  },

  evaluate(view) {
    const read = workloadOf(view);
    if (!('workload' in read)) return read;
    return judgeLoops(view, factsOf(view, 'postgresql.loop').values(), (loop, isCostly) =>
      loop.proof === 'proven' ? provenLoop(loop, isCostly, { text: ASK_AT_ONCE, code: CODE }) : hintedLoop(loop),
    );
  },
});

function hintedLoop(loop: LoopFact): FindingDraft {
  const calls = Math.round(loop.callsPerRequest);
  return {
    ...loopDraft(loop, 'calls of the other statement'),
    summary: `calls are as many as the rows of another statement, ${calls} for each of its calls: a loop? ${statementTitle(loop.text)}`,
    severity: 'info',
    confidence: 'low',
    advice: {
      text: 'This is a hint from counters, and may be chance. Let the application name its requests in comments (sqlcommenter), and give the log (option logs): then it is proven, or not.',
      code: CODE,
    },
  };
}
