/** pg_qualstats' index advisor after it has watched the workload once, each statement sampled. https://powa.readthedocs.io */
import type { Peer } from '../types.ts';
import { runAll } from './run-all.ts';

export const qualstats: Peer = {
  name: 'pg_qualstats',
  engines: ['postgresql'],
  absent: () => null,
  async propose({ engine, workload, statements }) {
    const copy = await engine.copy('qualstats_asks');
    try {
      await copy.exec('SET pg_qualstats.enabled = on');
      await copy.exec('SET pg_qualstats.sample_rate = 1');
      await copy.exec('SELECT pg_qualstats_reset()');
      await runAll(copy, statements, workload.cap);
      const [row] = await copy.rows('SELECT pg_qualstats_index_advisor() AS advice');
      const { indexes } = row!.advice as { indexes: readonly (string | { readonly ddl: string })[] };
      return { ddl: indexes.map((index) => (typeof index === 'string' ? index : index.ddl)), advice: null };
    } finally {
      await copy.remove();
    }
  },
};
