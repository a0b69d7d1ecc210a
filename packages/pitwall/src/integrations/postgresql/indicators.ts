import { defineIndicators } from '../../model/define.ts';

export const indicators = defineIndicators([
  {
    name: 'postgresql.connections.utilization',
    title: 'Connections against the limit',
    unit: '1',
    direction: 'lower-is-better',
    description: 'Client connections of the whole server ÷ max_connections; Pitwall’s own is not counted.',
    from: { sample: 'postgresql.connections.utilization', statistic: 'max' },
  },
  {
    name: 'postgresql.connections',
    title: 'Connections by state',
    unit: '{count}',
    direction: 'neutral',
    description:
      'Client connections to the database, by state. Those that are idle in a transaction hold their locks and keep old rows from being cleaned up.',
    from: { sample: 'postgresql.connections', statistic: 'last' },
  },
  {
    name: 'postgresql.database.size',
    title: 'Database size',
    unit: 'By',
    direction: 'neutral',
    description: 'Bytes on disk of the database: tables, indexes, TOAST.',
    from: { sample: 'postgresql.database.size', statistic: 'last' },
  },
  {
    name: 'postgresql.uptime',
    title: 'Time since the server started',
    unit: 's',
    direction: 'neutral',
    description: 'What the counters of statistics look back over, unless they were reset.',
    from: { sample: 'postgresql.uptime', statistic: 'last' },
  },
]);
