import { defineRule } from '../../../model/define.ts';
import {
  ASK_AT_ONCE,
  judgeLoops,
  LOOP_TITLE,
  loopThresholds,
  N_PLUS_ONE,
  provenLoop,
} from '../../_sql/rules/statement-loop.ts';
import { factsOf } from '../facts.ts';
import { KIT, workloadOf } from './statement-view.ts';

export const statementLoop = defineRule({
  id: 'sqlite/statement-loop',
  meta: {
    title: LOOP_TITLE,
    why: 'Each call of a loop is prepared, bound and stepped by itself, and the process does nothing else meanwhile. SQLite answers small ones in microseconds, so a short loop is no harm; one that adds up to much of a request is.',
    sources: [
      N_PLUS_ONE,
      { title: 'SQLite: Many small queries are efficient', url: 'https://sqlite.org/np1queryprob.html' },
      KIT,
    ],
    needs: { facts: ['sqlite.workload'] },
    uses: { facts: ['sqlite.loop'] },
    doesNotApplyWhen: 'No log tells which statements belong to one request.',
    confirmedBy:
      'The statement log of the application: similar calls of one request, none begun before the last ended.',
    thresholds: loopThresholds,
  },

  evaluate(view) {
    const workload = workloadOf(view);
    if (typeof workload === 'string') return { notApplicable: workload };
    return judgeLoops(view, factsOf(view, 'sqlite.loop').values(), (loop, isCostly) =>
      provenLoop(loop, isCostly, {
        text: isCostly
          ? ASK_AT_ONCE
          : 'It costs little: SQLite is called in the process. A join, or one statement with a list of keys, would spare the calls.',
        code: 'SELECT … WHERE id IN (SELECT value FROM json_each(?))',
      }),
    );
  },
});
