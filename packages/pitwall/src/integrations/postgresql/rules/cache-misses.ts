import { defineRule } from '../../../model/define.ts';
import { factsOf } from '../facts/define.ts';
import { countersOf, notYet, shareText, sizeText, tooYoung, usualDay } from './schema-view.ts';

/** Seconds for a page: what comes from memory takes a few microseconds, a fast disk a tenth of a millisecond. [judgement] */
const FROM_MEMORY = 50e-6;
const PAGE = 8192;

export const cacheMisses = defineRule({
  id: 'postgresql/cache-misses',
  meta: {
    title: 'Many pages are not found in shared buffers',
    why: 'A page that is not there is asked of the operating system, which may have it in its own cache or has to read it. It is a symptom: often of statements that read far more than they need, seldom of a cache that is too small.',
    sources: [
      { title: 'PgHero: cache hit rate', url: 'https://github.com/ankane/pghero' },
      {
        title: 'PostgreSQL: pg_stat_database',
        url: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW',
      },
    ],
    needs: { facts: ['postgresql.cache', 'postgresql.counters'] },
    uses: { facts: ['postgresql.setting', 'postgresql.machine'] },
    doesNotApplyWhen: 'The counters are younger than a day, or hardly anything was read.',
    confirmedBy:
      'blks_hit and blks_read of pg_stat_database; with track_io_timing, how long a read takes says where from.',
    thresholds: {
      low: { value: 0.985, unit: '1', source: 'ruby-pg-extras calls a ratio below 98.5 % bad.' },
      usual: { value: 0.99, unit: '1', source: 'PgHero calls a ratio below 99 % low.' },
      least: {
        value: 10 * 2 ** 30,
        unit: 'By a day',
        source: 'Own choice: less is read in a few minutes by any disk.',
      },
      counterAge: usualDay,
    },
  },

  evaluate(view) {
    const young = tooYoung(view, view.threshold('counterAge'));
    if (young !== null) return notYet(view, young);
    const cache = factsOf(view, 'postgresql.cache').get('')!;
    const { hit, read, readSeconds, tables, indexes } = cache;
    const aDay = (read / countersOf(view)!.age!) * 86_400;
    if (aDay < view.threshold('least'))
      return { clear: `only ${sizeText(aDay)} a day are not found in shared buffers` };
    const ratio = hit / (hit + read);
    if (ratio >= view.threshold('usual'))
      return { clear: `${shareText(ratio)} of the pages are found in shared buffers` };
    const each = readSeconds === null ? null : readSeconds / (read / PAGE);
    const isCached = each !== null && each < FROM_MEMORY;
    const shared = factsOf(view, 'postgresql.setting').get('shared_buffers');
    const where =
      each === null
        ? 'whether from the disk or from the system’s cache is not timed (track_io_timing)'
        : isCached
          ? 'they come from the system’s cache, by the time they take'
          : 'they come from the disk, by the time they take';
    return {
      found: [
        {
          subject: 'cache',
          summary: `${(ratio * 100).toFixed(1)} % of the pages are found in shared buffers, ${sizeText(aDay)} a day are not: ${where}`,
          severity: ratio < view.threshold('low') && !isCached ? ('warning' as const) : ('info' as const),
          confidence: each === null ? ('low' as const) : ('medium' as const),
          evidence: [
            { label: 'found', value: hit, unit: 'By' },
            { label: 'asked of the operating system', value: read, unit: 'By' },
            ...share('found, of tables', tables),
            ...share('found, of indexes', indexes),
            ...(each === null ? [] : [{ label: 'time of a page', value: each, unit: 's' }]),
            ...(shared ? [{ label: 'shared_buffers', value: shared.text }] : []),
          ],
          advice: {
            text: 'See first which statements read so much (postgresql/reads-much, postgresql/missing-index). Whether the cache is too small for the rest, postgresql/settings-far-from-start says.',
          },
        },
      ],
    };
  },
});

function share(label: string, { hit, read }: { readonly hit: number; readonly read: number }) {
  return hit + read > 0 ? [{ label, value: hit / (hit + read), unit: '1' }] : [];
}
