import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { factsOf } from '../facts.ts';
import { KIT, N_PLUS_ONE, statementTitle, workloadOf } from './statement-view.ts';

export const statementLoop = defineRule({
  id: 'sqlite/statement-loop',
  meta: {
    title: 'The application asks in a loop what it could ask at once (N+1)',
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
    thresholds: {
      calls: {
        value: 5,
        unit: 'calls',
        source: 'Sentry: more than 5 similar, non-overlapping statements in a request.',
      },
      secondsPerRequest: {
        value: 0.05,
        unit: 's',
        source: 'Sentry: 50 ms altogether. Here it decides between a warning and a remark.',
      },
    },
  },

  evaluate(view) {
    const workload = workloadOf(view);
    if (typeof workload === 'string') return { notApplicable: workload };
    const loops = [...factsOf(view, 'sqlite.loop').values()].filter(
      ({ callsPerRequest }) => callsPerRequest > view.threshold('calls'),
    );
    if (loops.length === 0) return { clear: 'no request asks in a loop, as far as the logs tell requests apart' };
    return {
      found: loops.map(({ statement, text, endpoint, requests, callsPerRequest, secondsPerRequest }) => {
        const isCostly = (secondsPerRequest ?? 0) >= view.threshold('secondsPerRequest');
        return {
          subject: endpoint === null ? statement : `${statement} ${printable(endpoint)}`,
          summary: `${endpoint === null ? 'a request' : printable(endpoint)} asks the same ${Math.round(callsPerRequest)} times in a row: ${statementTitle(text)}`,
          severity: isCostly ? ('warning' as const) : ('info' as const),
          confidence: 'high' as const,
          evidence: [
            { label: 'statement', value: printable(text) },
            { label: 'calls in a request (median)', value: callsPerRequest },
            { label: 'requests seen to do so', value: requests },
            secondsPerRequest === null
              ? { label: 'time of them in a request', value: 'not measured' }
              : { label: 'time of them in a request', value: secondsPerRequest, unit: 's' },
          ],
          advice: {
            text: isCostly
              ? 'Ask for all of them at once: a join, or one statement with a list of keys; in an ORM, eager loading.'
              : 'It costs little: SQLite is called in the process. A join, or one statement with a list of keys, would spare the calls.',
            code: 'SELECT … WHERE id IN (SELECT value FROM json_each(?))',
          },
        };
      }),
    };
  },
});
