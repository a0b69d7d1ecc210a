import { defineRule } from '../../../model/define.ts';
import { factsOf } from '../facts/define.ts';
import { STATEMENTS_MANUAL } from './statement-view.ts';

const TODO = {
  'not installed': {
    summary: 'Nothing counts statements: the extension pg_stat_statements is not in this database',
    text: 'If shared_preload_libraries has it already, CREATE EXTENSION is all that is needed. Else add it there first (beside what it has now), and restart the server. On a managed service it is in the list of parameters, and often loaded already.',
    code: "ALTER SYSTEM SET shared_preload_libraries = <what it has now>, 'pg_stat_statements';  -- then restart\nCREATE EXTENSION IF NOT EXISTS pg_stat_statements;",
  },
  'not loaded': {
    summary: 'Nothing counts statements: pg_stat_statements is installed, but not loaded',
    text: 'Add it to shared_preload_libraries, beside what it has now, and restart the server.',
    code: "ALTER SYSTEM SET shared_preload_libraries = <what it has now>, 'pg_stat_statements';  -- then restart",
  },
  'too old': {
    summary: 'pg_stat_statements is of a version that tells too little',
    text: 'The server was upgraded, its extension was not.',
    code: 'ALTER EXTENSION pg_stat_statements UPDATE;',
  },
} as const;

export const noStatementStatistics = defineRule({
  id: 'postgresql/no-statement-statistics',
  meta: {
    title: 'Nothing counts what statements cost',
    why: 'Without pg_stat_statements the server does not know which statements take its time. Every other way to find out (logs, sampling) sees less and costs more.',
    sources: [STATEMENTS_MANUAL],
    needs: { facts: ['postgresql.workload'] },
    doesNotApplyWhen: 'Never: it comes with the server, and costs a few per cent at most.',
    confirmedBy: 'pg_extension and shared_preload_libraries.',
    thresholds: {},
  },

  evaluate(view) {
    const missing = factsOf(view, 'postgresql.workload').get('')?.noStatistics ?? null;
    if (missing === null) return { clear: 'pg_stat_statements counts statements' };
    const { summary, text, code } = TODO[missing];
    return {
      found: [
        {
          subject: 'pg_stat_statements',
          summary,
          severity: 'info',
          confidence: 'high',
          evidence: [{ label: 'pg_stat_statements', value: missing }],
          advice: { text, code },
        },
      ],
    };
  },
});
