import { defineRule } from '../../../model/define.ts';
import { qualified } from '../identifiers.ts';
import { judgeBloat, minimumWasted } from './bloat.ts';
import { reindex } from './changes.ts';
import { sizeText } from './schema-view.ts';

export const bloatedIndex = defineRule({
  id: 'postgresql/bloated-index',
  meta: {
    title: 'An index that is mostly empty space',
    why: 'A page of an index is given back only when it is empty altogether. After many deletes and updates half-empty pages remain: the index is larger than it has to be, and so less of it stays in memory.',
    sources: [
      {
        title: 'PostgreSQL: Routine Reindexing',
        url: 'https://www.postgresql.org/docs/current/routine-reindex.html',
      },
      { title: 'PostgreSQL: pgstatindex', url: 'https://www.postgresql.org/docs/current/pgstattuple.html' },
    ],
    needs: { facts: ['postgresql.schema'] },
    uses: { facts: ['postgresql.bloat', 'postgresql.bloat-measured'] },
    doesNotApplyWhen:
      'The space is small. Other kinds than B-trees are not looked at. The index was made by a version without deduplication: then it becomes smaller, but was not bloated.',
    confirmedBy:
      'pgstatindex, where the extension is installed: only then a change is proposed. Otherwise it is an estimate from average widths, and advice.',
    thresholds: {
      minimumWasted,
      minimumShare: {
        value: 0.5,
        unit: 'ratio',
        source:
          'Leaves of a B-tree that is filled in random order are ln 2 = 69 % full (Yao 1978): a third of free space is usual and comes back. Half is more than that.',
      },
    },
  },

  evaluate(view) {
    return judgeBloat(view, 'index', ({ name, fact, wastedBytes, measured }) => ({
      impact: {
        indicator: 'postgresql.index.size',
        labels: {},
        text: `${sizeText(wastedBytes)} of disk, and as much less to be kept in memory`,
      },
      ...(measured
        ? { changes: [reindex(name, `Building it anew gives ${sizeText(wastedBytes)} back`)] }
        : {
            advice: {
              text: 'No change is proposed for an estimate. With the extension pgstattuple it can be measured (CREATE EXTENSION pgstattuple). If you are sure:',
              code: `REINDEX INDEX CONCURRENTLY ${qualified(fact.schema, fact.name)};`,
            },
          }),
    }));
  },
});
