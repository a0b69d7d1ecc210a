import { ENGINES, type Peer } from '../types.ts';
import { runAll } from './run-all.ts';

/** The indexes that the runbook of such a service makes by hand, or that its own advice comes to. */
export const runbook: Peer = {
  name: 'runbook',
  engines: ENGINES,
  absent: (workload, engine) => (workload.runbook?.[engine] === undefined ? 'no runbook has indexes for it' : null),
  async propose({ engine, workload, statements }) {
    const copy = await engine.copy('runbook_asks');
    try {
      await copy.settle();
      await runAll(copy, statements, workload.cap);
      // Counters of a session become visible when it is idle for a moment.
      if (engine.id === 'postgresql') await copy.exec('SELECT pg_stat_force_next_flush()');
      return { ddl: await workload.runbook![engine.id]!(copy), advice: null };
    } finally {
      await copy.remove();
    }
  },
};
