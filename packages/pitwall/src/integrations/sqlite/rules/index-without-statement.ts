import { printable } from '../../../errors.ts';
import { defineRule } from '../../../model/define.ts';
import { stepsOf } from '../eqp.ts';
import { factsOf } from '../facts.ts';

export const indexWithoutStatement = defineRule({
  id: 'sqlite/index-without-statement',
  meta: {
    title: 'An index that no plan of the captured workload names',
    why: 'Every insert and delete, and every update of its columns, writes it. SQLite does not count how often an index is used, so that nothing uses it cannot be known from outside: only that no statement which was told of does.',
    sources: [
      { title: 'SQLite: EXPLAIN QUERY PLAN', url: 'https://sqlite.org/eqp.html' },
      { title: 'SQLite: PRAGMA index_list', url: 'https://sqlite.org/pragma.html#pragma_index_list' },
    ],
    needs: { facts: ['sqlite.index', 'sqlite.query'] },
    uses: { facts: ['sqlite.foreign-key'] },
    doesNotApplyWhen:
      'The workload is small: it must have some queries, and some on the very table. Indexes that are unique, of a constraint, or that find the children of a foreign key are never named.',
    confirmedBy: 'Nothing: it is a question to who knows the application, not a change.',
    thresholds: {
      minimumQueries: {
        value: 10,
        unit: 'queries with a plan',
        source: 'Own choice: fewer are examples and no workload.',
      },
      minimumOnTable: { value: 3, unit: 'queries whose plans read the table', source: 'Own choice, as above.' },
      minimumBytes: {
        value: 2 ** 20,
        unit: 'bytes',
        source: 'pg-extras names unused indexes from 1 MB on: a smaller one costs little.',
      },
    },
  },

  evaluate(view) {
    const planned = [...factsOf(view, 'sqlite.query').values()].filter(({ plan }) => plan.length > 0);
    if (planned.length < view.threshold('minimumQueries')) {
      return { notApplicable: `only ${planned.length} queries have a plan: too few to say what is not used` };
    }
    const used = new Set<string>();
    for (const { plan } of planned) {
      for (const step of stepsOf(plan)) if ('index' in step && step.index !== null) used.add(step.index.toLowerCase());
    }
    const needed = new Set([...factsOf(view, 'sqlite.foreign-key').values()].map(({ coveredBy }) => coveredBy));
    const named = (table: string) =>
      planned.filter(({ sql }) => sql.toLowerCase().includes(table.toLowerCase())).length;
    const found = [...factsOf(view, 'sqlite.index')].filter(
      ([name, { origin, unique, bytes, table }]) =>
        origin === 'create' &&
        !unique &&
        !needed.has(name) &&
        !used.has(name.toLowerCase()) &&
        (bytes ?? 0) >= view.threshold('minimumBytes') &&
        named(table) >= view.threshold('minimumOnTable'),
    );
    if (found.length === 0)
      return { clear: 'every large index is named by a plan, or its table has too few queries to say' };
    return {
      found: found.map(([name, { table, bytes }]) => ({
        subject: name,
        summary: printable(
          `${name} on ${table} is named by no plan of the ${planned.length} captured queries (SQLite keeps no count of use)`,
        ),
        severity: 'info',
        confidence: 'low',
        evidence: [
          { label: 'size', value: bytes, unit: 'By' },
          { label: `captured queries on ${table}`, value: named(table) },
          { label: 'captured queries', value: planned.length },
        ],
        advice: {
          text: 'If no other statement of the application, report or job needs it, drop it. Keep its CREATE INDEX text: that is the way back.',
        },
      })),
    };
  },
});
