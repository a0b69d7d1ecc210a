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
  {
    name: 'postgresql.sessions.busy',
    title: 'Sessions at work',
    unit: '{count}',
    direction: 'neutral',
    description: 'Client sessions of the whole server that are active, on average over the window.',
    from: { sample: 'postgresql.sessions.busy', statistic: 'mean' },
  },
  {
    name: 'postgresql.sessions.waiting',
    title: 'Sessions that wait',
    unit: '{count}',
    direction: 'lower-is-better',
    description:
      'Of the sessions at work: those that wait for a lock, the disk or each other, on average over the window.',
    from: { sample: 'postgresql.sessions.waiting', statistic: 'mean' },
  },
  {
    name: 'postgresql.sessions.held',
    title: 'Sessions held in a transaction',
    unit: '{count}',
    direction: 'lower-is-better',
    description: 'Sessions that are in a transaction and wait for the application, on average over the window.',
    from: { sample: 'postgresql.sessions.held', statistic: 'mean' },
  },
  {
    name: 'postgresql.cache.hit',
    title: 'Pages found in shared buffers',
    unit: '1',
    direction: 'higher-is-better',
    description:
      'blks_hit ÷ (blks_hit + blks_read) of the database since its statistics were reset. What is not found may still come from the cache of the operating system.',
    from: { sample: 'postgresql.cache.hit', statistic: 'last' },
  },
  {
    name: 'postgresql.checkpoints.requested',
    title: 'Checkpoints that were requested',
    unit: '1',
    direction: 'lower-is-better',
    description:
      'Of all checkpoints of the server, those that came before their time: by the amount of log, a backup or CHECKPOINT.',
    from: { sample: 'postgresql.checkpoints.requested', statistic: 'last' },
  },
  {
    name: 'postgresql.table.size',
    title: 'Size of the tables',
    unit: 'By',
    direction: 'lower-is-better',
    description: 'Bytes on disk of the tables that are looked at (the largest), with TOAST and without indexes.',
    from: { sample: 'postgresql.table.size', statistic: 'last' },
  },
  {
    name: 'postgresql.index.size',
    title: 'Size of the indexes',
    unit: 'By',
    direction: 'lower-is-better',
    description:
      'Bytes on disk of the indexes of these tables: what writes have to keep up to date. With the label `index` of this one alone, 0 once it is gone: what a change to it is judged by.',
    from: { sample: 'postgresql.index.size', statistic: 'last' },
  },
  {
    name: 'postgresql.rows.dead',
    title: 'Dead rows',
    unit: '1',
    direction: 'lower-is-better',
    description:
      'n_dead_tup ÷ (n_live_tup + n_dead_tup) over these tables, as the counters estimate: what scans read for nothing.',
    from: { sample: 'postgresql.rows.dead', statistic: 'last' },
  },
  {
    name: 'postgresql.updates.hot',
    title: 'Updates that wrote no index',
    unit: '1',
    direction: 'higher-is-better',
    description: 'n_tup_hot_upd ÷ n_tup_upd over these tables, since the statistics were reset.',
    from: { sample: 'postgresql.updates.hot', statistic: 'last' },
  },
  {
    name: 'postgresql.statement.mean',
    title: 'Statement, mean time a call',
    unit: 's',
    direction: 'lower-is-better',
    description:
      'Execution time ÷ calls of one statement of the workload, as all clients called it in the time measured: the difference of two readings of pg_stat_statements. Without planning and without the way to the client.',
    from: { sample: 'postgresql.statement.mean', statistic: 'last' },
  },
  {
    name: 'postgresql.statement.duration.p50',
    title: 'Statement timed by Pitwall, median',
    unit: 's',
    direction: 'lower-is-better',
    description:
      'Execution time of one run of a statement with real values, in a read-only session of Pitwall’s own with a warm cache. Without planning.',
    from: { sample: 'postgresql.statement.duration', statistic: 'p50' },
  },
]);
