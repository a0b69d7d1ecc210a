import { defineRule } from '../../../model/define.ts';
import { factsOf } from '../facts/define.ts';
import { STATEMENTS_MANUAL } from './statement-view.ts';

const TODO = {
  'not installed': {
    summary: 'Nothing counts statements: the extension pg_stat_statements is not in this database',
    text: 'If shared_preload_libraries has it already, CREATE EXTENSION is all that is needed. Else add it there first (beside what it has now), and restart the server; where shared_preload_libraries is on the server’s command line (with Docker, the command of the container), it counts more than ALTER SYSTEM, and is changed there. On a managed service it is in the list of parameters, and often loaded already.',
    code: "ALTER SYSTEM SET shared_preload_libraries = <what it has now>, 'pg_stat_statements';  -- then restart\nCREATE EXTENSION IF NOT EXISTS pg_stat_statements;",
  },
  'not loaded': {
    summary: 'Nothing counts statements: pg_stat_statements is installed, but not loaded',
    text: 'Add it to shared_preload_libraries, beside what it has now, and restart the server. Where that is on the server’s command line (with Docker, the command of the container), it is changed there: ALTER SYSTEM has no effect then.',
    code: "ALTER SYSTEM SET shared_preload_libraries = <what it has now>, 'pg_stat_statements';  -- then restart",
  },
  'too old': {
    summary: 'pg_stat_statements is of a version that tells too little',
    text: 'The server was upgraded, its extension was not.',
    code: 'ALTER EXTENSION pg_stat_statements UPDATE;',
  },
  'not readable': {
    summary: 'The texts of pg_stat_statements cannot be read from this database',
    text: 'Another database of the server has a statement whose text is not valid in the encoding of this one, and the view fails as a whole. It is a database of the encoding SQL_ASCII, most often. Resetting that database’s statements frees the view until the next such text; in the long run give it a real encoding (dump, and restore into a database with ENCODING UTF8).',
    code: "SELECT datname, pg_encoding_to_char(encoding) FROM pg_database WHERE encoding <> pg_char_to_encoding('UTF8');\nSELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = '<that database>'), 0);",
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
