import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { factsOf } from '../facts/define.ts';
import { STATEMENTS_MANUAL, statementTitle, workloadOf } from './statement-view.ts';

export const statementLoop = defineRule({
  id: 'postgresql/statement-loop',
  meta: {
    title: 'The application asks in a loop what it could ask at once (N+1)',
    why: 'Each call of a loop waits for the one before it, and pays the way to the database and back. One statement that asks for all rows takes about as long as one of them.',
    sources: [
      {
        title: 'Sentry: N+1 queries',
        url: 'https://docs.sentry.io/product/issues/issue-details/performance-issues/n-one-queries/',
      },
      STATEMENTS_MANUAL,
    ],
    needs: { facts: ['postgresql.workload'] },
    uses: { facts: ['postgresql.loop', 'postgresql.statement'] },
    doesNotApplyWhen: 'Calls of one request cannot be told apart, and the counters show no such pattern.',
    confirmedBy:
      'Statements with the trace of their request (sqlcommenter) in the log: then it is proven, else a hint.',
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
    const read = workloadOf(view);
    if (typeof read === 'string') return { notApplicable: read };
    const loops = [...factsOf(view, 'postgresql.loop').values()].filter(
      ({ callsPerRequest }) => callsPerRequest > view.threshold('calls'),
    );
    if (loops.length === 0) return { clear: 'no request asks in a loop, as far as can be seen' };
    return {
      found: loops.map(({ statement, text, endpoint, proof, requests, callsPerRequest, secondsPerRequest }) => {
        const isProven = proof === 'proven';
        const isCostly = (secondsPerRequest ?? 0) >= view.threshold('secondsPerRequest');
        const calls = Math.round(callsPerRequest);
        const who = endpoint === null ? 'a request' : printable(endpoint);
        return {
          subject: endpoint === null ? statement : `${statement} ${printable(endpoint)}`,
          summary: isProven
            ? `${who} asks the same ${calls} times in a row: ${statementTitle(text)}`
            : `calls are as many as the rows of another statement, ${calls} for each of its calls: a loop? ${statementTitle(text)}`,
          severity: isProven && isCostly ? ('warning' as const) : ('info' as const),
          confidence: isProven ? ('high' as const) : ('low' as const),
          evidence: [
            { label: 'statement', value: printable(text) },
            { label: 'calls in a request (median)', value: callsPerRequest },
            { label: isProven ? 'requests seen to do so' : 'calls of the other statement', value: requests },
            secondsPerRequest === null
              ? { label: 'time of them in a request', value: 'not measured' }
              : { label: 'time of them in a request', value: secondsPerRequest, unit: 's' },
          ],
          advice: {
            text: isProven
              ? 'Ask for all of them at once: a join, or one statement with a list of keys; in an ORM, eager loading.'
              : 'This is a hint from counters, and may be chance. Let the application name its requests in comments (sqlcommenter), and give the log (option logs): then it is proven, or not.',
            code: 'SELECT … WHERE id = ANY($1)',
          },
        };
      }),
    };
  },
});
