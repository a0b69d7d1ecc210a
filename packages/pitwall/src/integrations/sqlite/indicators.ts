import { defineIndicators } from '../../model/define.ts';
import type { IndicatorDefinition, Statistic } from '../../model/indicator.ts';

const duration = (statistic: Statistic, title: string): IndicatorDefinition => ({
  name: `sqlite.query.duration.${statistic}`,
  title,
  unit: 's',
  direction: 'lower-is-better',
  description:
    'Time of one run of a configured query on the live file, all rows read, in a connection of Pitwall’s own with a warm cache. Without the time that the application spends waiting for its own locks and threads.',
  from: { sample: 'sqlite.query.duration', statistic },
});

export const indicators = defineIndicators([
  duration('p50', 'Query time, median'),
  {
    ...duration('p95', 'Query time, 95th percentile'),
    defaultObjective: {
      target: 0.1,
      source: 'Runbook 000 asks for database queries under 100 ms at the 95th percentile.',
    },
  },
  {
    name: 'sqlite.statement.duration.p50',
    title: 'Statement timed by Pitwall, median',
    unit: 's',
    direction: 'lower-is-better',
    description:
      'Time of one run of a statement of the application, with values of real calls from its logs or from files of SQL, on the live file, all rows read, in a read-only connection of Pitwall’s own with a warm cache. Measured where a change asks for it.',
    from: { sample: 'sqlite.statement.duration', statistic: 'p50' },
  },
  {
    name: 'sqlite.database.size',
    title: 'Database size',
    unit: 'By',
    direction: 'lower-is-better',
    description: 'page_count × page_size: the database as the next checkpoint leaves it, free pages included.',
    from: { sample: 'sqlite.database.size', statistic: 'last' },
  },
  {
    name: 'sqlite.index.size',
    title: 'Size of all indexes',
    unit: 'By',
    direction: 'lower-is-better',
    description: 'Pages of all index b-trees, from dbstat: what each write has to keep up to date.',
    from: { sample: 'sqlite.index.size', statistic: 'last' },
  },
  {
    name: 'sqlite.wal.size',
    title: 'Size of the write-ahead log',
    unit: 'By',
    direction: 'lower-is-better',
    description:
      'Bytes of the -wal file. It stays near 1000 pages unless a long read keeps checkpoints from finishing, then it grows without end.',
    from: { sample: 'sqlite.wal.size', statistic: 'last' },
  },
  {
    name: 'sqlite.freelist.ratio',
    title: 'Free pages',
    unit: '1',
    direction: 'lower-is-better',
    description: 'freelist_count ÷ page_count: the part of the file that holds nothing.',
    from: { sample: 'sqlite.freelist.ratio', statistic: 'last' },
  },
]);
